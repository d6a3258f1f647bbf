package tracking

import (
	"fmt"

	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/models"
)

// conversionEvent tells of a revision; what won its conversion says whether it is held.
func conversionEvent(kind notify.Type, c models.Conversion, currency money.Currency, won models.Attribution) (notify.Event, error) {
	touch, err := notify.TouchOf(won)
	data := notify.ConversionData{ConversionID: c.ID.Format(models.PrefixConversion), FirstRevisionID: c.RootID.Format(models.PrefixConversion), Revision: c.Revision,
		Source: c.Source, ExternalID: c.ExternalID, Kind: c.Kind, State: c.State, OccurredAt: c.OccurredAt,
		SourceAmount: money.New(c.SourceAmountMinor, c.SourceCurrency), IsHeld: won.HoldReason != "", Touch: touch}
	if c.State == models.ConversionStateReady {
		amount := money.New(c.AmountMinor, currency)
		data.Amount = &amount
	}
	return notify.Event{Type: kind, EnrollmentID: models.Or(c.EnrollmentID), Data: data}, err
}

func emitReleased(tx *models.Tx, latest models.Conversion, won models.Attribution) error {
	var p models.Program
	if err := tx.Select("currency").Where("id = ?", latest.ProgramID).Take(&p).Error; err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	event, err := conversionEvent(notify.ConversionReleased, latest, p.Currency, won)
	if err != nil {
		return err
	}
	return notify.Emit(tx, latest.ProgramID, event)
}

// ofRefund is what it is called that money was taken back.
var ofRefund = map[models.RefundKind]notify.Type{
	models.RefundKindRefund:        notify.RefundRecorded,
	models.RefundKindChargeback:    notify.ChargebackRecorded,
	models.RefundKindChargebackWon: notify.ChargebackWon,
	models.RefundKindVoid:          notify.ConversionVoided,
}

func refundEvent(r models.Refund, c models.Conversion, currency money.Currency, won models.Attribution) (notify.Event, error) {
	touch, err := notify.TouchOf(won)
	return notify.Event{Type: ofRefund[r.Kind], EnrollmentID: models.Or(c.EnrollmentID), Data: notify.RefundData{RefundID: r.ID.Format(models.PrefixRefund),
		ConversionID: c.RootID.Format(models.PrefixConversion), Source: r.Source, ExternalID: r.ExternalID, Kind: r.Kind, OccurredAt: r.OccurredAt,
		Amount: money.New(r.AmountMinor, currency), SourceAmount: money.New(r.SourceAmountMinor, c.SourceCurrency), Touch: touch}}, err
}
