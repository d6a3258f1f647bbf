package access

import (
	"encoding/json"
	"fmt"

	"tributary/internal/fault"
	"tributary/models"
)

const maxIdempotencyKeyBytes = 190

// The refusals of Once.
var (
	ErrKeyInvalid = fault.InvalidField("idempotencyKey", "IDEMPOTENCY_KEY_INVALID", "a key has 1 to %d printable ASCII characters", maxIdempotencyKeyBytes)
	ErrKeyReused  = fault.New(fault.Conflict, "IDEMPOTENCY_KEY_REUSED", "this key was used with another request").On("idempotencyKey")
)

// Once runs fn in the transaction and remembers its answer under (tenant, operation, key). The same key with the
// same input gives the remembered answer and runs nothing; with another input it is refused. An error of fn rolls
// everything back, so failures are not remembered. T must survive JSON.
// Codes UNAUTHENTICATED, IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED, and whatever fn returns.
func Once[T any](tx *models.Tx, by Caller, operation, key string, input any, fn func() (T, error)) (T, error) {
	var answer T
	if by.IsAnonymous() {
		return answer, ErrUnauthenticated
	}
	if !isPrintable(key) {
		return answer, ErrKeyInvalid
	}
	request, err := json.Marshal(input)
	if err != nil {
		return answer, fmt.Errorf("encode request: %w", err)
	}
	row := models.IdempotencyKey{TenantID: by.TenantID(), Operation: operation, IdemKey: key,
		RequestHash: models.HashOf(request), CreatedAt: tx.Now}
	// The row is taken first: a parallel sender with the same key waits here until we commit.
	written, err := models.BulkInsert(tx, models.Insert{Table: row.TableName(), SkipExisting: true,
		Columns: []string{"tenant_id", "operation", "idem_key", "request_hash", "response", "created_at"}},
		[][]any{{row.TenantID, row.Operation, row.IdemKey, row.RequestHash, "", row.CreatedAt}})
	if err != nil {
		return answer, err
	}
	own := tx.Model(&row).Where("tenant_id = ? AND operation = ? AND idem_key = ?", row.TenantID, operation, key)
	if written == 0 {
		var stored models.IdempotencyKey
		if err := own.Take(&stored).Error; err != nil {
			return answer, fmt.Errorf("read idempotency key: %w", err)
		}
		if stored.RequestHash != row.RequestHash {
			return answer, ErrKeyReused
		}
		return answer, json.Unmarshal([]byte(stored.Response), &answer)
	}
	if answer, err = fn(); err != nil {
		return answer, err
	}
	response, err := json.Marshal(answer)
	if err != nil {
		return answer, fmt.Errorf("encode answer: %w", err)
	}
	return answer, own.Update("response", string(response)).Error
}

func isPrintable(key string) bool {
	if key == "" || len(key) > maxIdempotencyKeyBytes {
		return false
	}
	for _, c := range []byte(key) {
		if c < 0x21 || c > 0x7e {
			return false
		}
	}
	return true
}
