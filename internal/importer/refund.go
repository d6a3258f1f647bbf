package importer

import (
	"tributary/internal/access"
	"tributary/internal/tracking"
	"tributary/models"
)

// refunds sends rows to tracking, one by one.
type refunds struct {
	tracking *tracking.Service
	by       access.Caller
	program  models.Program
}

func (f refunds) apply(tx *models.Tx, rows []row) ([]verdict, error) {
	verdicts := make([]verdict, len(rows))
	for i, r := range rows {
		var err error
		if verdicts[i].outcome, err = f.record(tx, r); err == nil {
			continue
		}
		if verdicts[i], err = r.refuse(err); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

func (f refunds) record(tx *models.Tx, r row) (outcome, error) {
	at, err := r.occurredAt()
	if err != nil {
		return outcomeRejected, err
	}
	var did tracking.Outcome
	err = tx.Try(func(tx *models.Tx) error {
		_, did, err = f.tracking.RecordRefund(tx, f.by, f.program.ID, tracking.RefundInput{Source: source, ExternalID: r.text("external_id"),
			ConversionExternalID: r.text("conversion_external_id"), ConversionKind: r.text("conversion_kind"), OccurredAt: at, Amount: r.text("amount"), Reason: r.text("reason"),
			Kind: models.RefundKind(r.text(columnKind))})
		return err
	})
	return tracked[did], err
}
