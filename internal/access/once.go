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
	hash, err := HashRequest(input)
	if err != nil {
		return answer, err
	}
	row := models.IdempotencyKey{TenantID: by.TenantID(), Operation: operation, IdemKey: key, RequestHash: hash, CreatedAt: tx.Now}
	// The row is taken first: a parallel sender with the same key waits here until we commit.
	written, err := insertKeys(tx, true, []models.IdempotencyKey{row})
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

// HashRequest gives the sum by which a request under the same key is known again.
func HashRequest(input any) (models.Hash, error) {
	request, err := json.Marshal(input)
	if err != nil {
		return models.Hash{}, fmt.Errorf("encode request: %w", err)
	}
	return models.HashOf(request), nil
}

// Answered is a request that was done without Once: its key, its hash, and the answer to remember.
type Answered struct {
	Key    string
	Hash   models.Hash
	Answer any
}

// Remember keeps answers as Once would, after what they tell of was done in the same transaction, for requests of one tenant. A
// key that is known already fails the whole, with an error of which models.IsDuplicate is true: the transaction must not
// commit, and Once knows what to answer. Codes UNAUTHENTICATED, IDEMPOTENCY_KEY_INVALID.
func Remember(tx *models.Tx, by Caller, operation string, answers []Answered) error {
	if by.IsAnonymous() {
		return ErrUnauthenticated
	}
	rows := make([]models.IdempotencyKey, len(answers))
	for i, a := range answers {
		if !isPrintable(a.Key) {
			return ErrKeyInvalid
		}
		response, err := json.Marshal(a.Answer)
		if err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}
		rows[i] = models.IdempotencyKey{TenantID: by.TenantID(), Operation: operation, IdemKey: a.Key, RequestHash: a.Hash,
			Response: string(response), CreatedAt: tx.Now}
	}
	_, err := insertKeys(tx, false, rows)
	return err
}

func insertKeys(tx *models.Tx, skipExisting bool, keys []models.IdempotencyKey) (int64, error) {
	return models.BulkWrite(tx, models.Insert{Table: models.IdempotencyKey{}.TableName(), SkipExisting: skipExisting,
		Columns: []string{"tenant_id", "operation", "idem_key", "request_hash", "response", "created_at"}}, len(keys), func(i int, row *models.Row) {
		row.ID(keys[i].TenantID)
		row.Text(keys[i].Operation)
		row.Text(keys[i].IdemKey)
		row.Hash(keys[i].RequestHash)
		row.Text(keys[i].Response)
		row.Time(keys[i].CreatedAt)
	})
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
