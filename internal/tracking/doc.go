// Package tracking owns what comes in: clicks, conversions and refunds, the customers they name, and the decision
// which partner a conversion is attributed to.
//
// It does not own what a conversion earns (commission reads the accrual queue) nor links and coupons (program).
//
// Invariants: a conversion or refund is recorded once, however often it is sent; rows are never edited, a changed
// conversion is a further revision; refunds never exceed the conversion, and their sum is never below zero; whatever is
// recorded, released from a hold, or to be tried again is in the accrual queue in the same transaction. It alone writes clicks, customers,
// conversions, attributions and refunds, and adds to accrual_queue (commission takes from it).
package tracking

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash/fnv"

	"tributary/models"
)

// Service records what comes in.
type Service struct {
	db         *models.DB
	addressKey []byte
	lanes      lanes // of conversions that are recorded together
}

// New makes the service. The secret keys the hashes of visitors' addresses, so that nobody without it can try addresses
// against them.
func New(db *models.DB, secret string) *Service {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("tributary visitor address v1"))
	return &Service{db: db, addressKey: mac.Sum(nil)}
}

// Shards is over how many queues a program's work is spread.
const Shards = models.AccrualShards

func shardOf(id models.ID) int {
	h := fnv.New32a()
	h.Write(id[:])
	return int(h.Sum32() % Shards)
}
