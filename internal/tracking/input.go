package tracking

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// The limits of one conversion.
const (
	MaxItems         = 1000
	maxExternalRunes = 190
	maxSourceBytes   = 32
	futureTolerance  = 24 * time.Hour
	defaultSource    = "api"
	KindSale         = "SALE"
	maxReasonRunes   = 200
	maxItemTextRunes = 200
	MaxBatch         = 1000
	maxCouponRunes   = 190
	policyVersion    = "order-v1"
	holdSelfReferral = "SELF_REFERRAL"
	maxRateBytes     = 40
)

// Item is one line of an order: amounts are decimals in the conversion's currency.
type Item struct {
	SKU      string `json:"sku"`
	Name     string `json:"name,omitempty"`
	Category string `json:"category,omitempty"`
	Quantity int64  `json:"quantity"`
	Amount   string `json:"amount"`
}

// ConversionInput is a conversion as a merchant reports it; amounts are decimals in Currency. Amount is gross: what
// the customer paid with tax and shipping. An exchange rate is needed when Currency is not the program's.
type ConversionInput struct {
	Source     string
	ExternalID string
	Kind       string
	OccurredAt time.Time
	Currency   string
	Amount     string
	Tax        string
	Shipping   string
	Discount   string
	CustomerID string
	LinkCode   string
	Coupon     string
	ClickID    string
	Items      []Item
	FxRate     string
	FxSource   string
	FxQuotedAt *time.Time
	// What came later is left out of the content where it is empty, so that orders recorded before are known again.
	Country  string            `json:",omitempty"` // of the customer, ISO 3166-1 alpha-2
	Metadata map[string]string `json:",omitempty"`
}

var (
	kindShape   = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)
	sourceShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
)

// parsed is a checked input, in the program's currency unless the rate is awaited.
type parsed struct {
	in   ConversionInput
	row  models.Conversion
	hash models.Hash
}

func (in ConversionInput) parse(p models.Program, now time.Time) (parsed, error) {
	if in.Source == "" {
		in.Source = defaultSource
	}
	if in.Kind == "" {
		in.Kind = KindSale
	}
	in.tidy()
	switch {
	case !sourceShape.MatchString(in.Source):
		return parsed{}, fault.InvalidField("source", "SOURCE_INVALID", "a source has 1 to %d lower-case letters, digits, - and _", maxSourceBytes)
	case !isExternalID(in.ExternalID):
		return parsed{}, fault.InvalidField("externalId", "EXTERNAL_ID_INVALID", "an external id has 1 to %d characters", maxExternalRunes)
	case !kindShape.MatchString(in.Kind):
		return parsed{}, fault.InvalidField("kind", "KIND_INVALID", "a kind has 1 to 40 capital letters, digits and _")
	case in.OccurredAt.IsZero() || in.OccurredAt.Year() < 1970:
		return parsed{}, fault.InvalidField("occurredAt", "OCCURRED_AT_MISSING", "say when it happened")
	case in.OccurredAt.After(now.Add(futureTolerance)):
		return parsed{}, fault.InvalidField("occurredAt", "OCCURRED_AT_FUTURE", "it cannot have happened in the future")
	case in.CustomerID != "" && !isExternalID(in.CustomerID):
		return parsed{}, fault.InvalidField("customerId", "CUSTOMER_ID_INVALID", "a customer id has at most %d characters", maxExternalRunes)
	case len(in.Items) > MaxItems:
		return parsed{}, fault.InvalidField("items", "TOO_MANY_ITEMS", "a conversion has at most %d items", MaxItems)
	case in.Country != "" && !countryShape.MatchString(in.Country):
		return parsed{}, fault.InvalidField("country", "COUNTRY_INVALID", "a country is two capital letters of ISO 3166-1")
	}
	metadata, err := encodeMetadata(in.Metadata)
	if err != nil {
		return parsed{}, err
	}
	row, err := in.price(p)
	if err != nil {
		return parsed{}, err
	}
	row.Country, row.Coupon, row.Metadata = in.Country, models.Cut(strings.ToUpper(in.Coupon), maxCouponRunes), metadata
	content, err := json.Marshal(in) // after pricing, which writes every amount in one way: 10 and 10.00 are the same
	if err != nil {
		return parsed{}, fmt.Errorf("encode conversion: %w", err)
	}
	row.ContentHash = models.HashOf(content)
	return parsed{in: in, row: row, hash: row.ContentHash}, nil
}

// tidy takes away what is not content: blanks around ids, which some databases do not tell apart, and time zones.
func (in *ConversionInput) tidy() {
	for _, text := range []*string{&in.ExternalID, &in.CustomerID, &in.LinkCode, &in.Coupon, &in.ClickID, &in.Country} {
		*text = strings.TrimSpace(*text)
	}
	in.OccurredAt = models.Instant(in.OccurredAt)
	if in.FxQuotedAt != nil {
		quoted := models.Instant(*in.FxQuotedAt)
		in.FxQuotedAt = &quoted
	}
}

// isExternalID tells whether the text can be a name that a merchant gives.
func isExternalID(text string) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxExternalRunes
}

// price reads the amounts and converts them; the row holds the money columns and the natural key.
func (in *ConversionInput) price(p models.Program) (models.Conversion, error) {
	row := models.Conversion{ProgramID: p.ID, Source: in.Source, ExternalID: in.ExternalID, Kind: in.Kind, OccurredAt: in.OccurredAt,
		State: models.ConversionStateReady, FXRate: in.FxRate, FXSource: models.Cut(in.FxSource, 64)}
	currency, err := money.ParseCurrency(in.Currency)
	if err != nil {
		return row, on("currencyCode", err)
	}
	row.SourceCurrency = currency
	amounts := make([]money.Amount, 4)
	for i, f := range []struct {
		field string
		text  *string
	}{{"amount", &in.Amount}, {"tax", &in.Tax}, {"shipping", &in.Shipping}, {"discount", &in.Discount}} {
		if *f.text == "" && i > 0 {
			*f.text = "0"
		}
		if amounts[i], err = money.Parse(*f.text, currency); err != nil {
			return row, on(f.field, err)
		}
		*f.text = amounts[i].Decimal()
		if amounts[i].IsNegative() || (i == 0 && in.Kind == KindSale && amounts[i].IsZero()) {
			return row, fault.InvalidField(f.field, "AMOUNT_NOT_POSITIVE", "the amount must be above zero")
		}
	}
	row.SourceAmountMinor = amounts[0].Minor
	if amounts[1].Minor > amounts[0].Minor || amounts[2].Minor > amounts[0].Minor-amounts[1].Minor {
		return row, fault.InvalidField("amount", "AMOUNT_BELOW_PARTS", "tax and shipping are part of the amount and cannot exceed it")
	}
	rate, err := in.rate(p, currency)
	if err != nil {
		return row, err
	}
	items, err := in.encodeItems(currency, p.Currency, rate)
	if err != nil {
		return row, err
	}
	if rate == nil && currency != p.Currency {
		row.State = models.ConversionStateAwaitingRate
		return row, nil
	}
	row.Items = items
	if rate != nil {
		row.FXQuotedAt = in.FxQuotedAt
	}
	for i, into := range []*int64{&row.AmountMinor, &row.TaxMinor, &row.ShippingMinor, &row.DiscountMinor} {
		a := amounts[i]
		if rate != nil {
			if a, err = money.Convert(a, p.Currency, *rate); err != nil {
				return row, on("amount", err)
			}
		}
		*into = a.Minor
	}
	return row, nil
}

func (in *ConversionInput) rate(p models.Program, currency money.Currency) (*money.FxRate, error) {
	if currency == p.Currency {
		if in.FxRate != "" {
			return nil, fault.InvalidField("fxRate", "FX_RATE_UNNEEDED", "the amount is in the program's own currency")
		}
		return nil, nil //nolint:nilnil // no rate is an answer here
	}
	if in.FxRate == "" {
		return nil, nil //nolint:nilnil // the rate is awaited
	}
	if len(in.FxRate) > maxRateBytes { // zeros in front are digits too
		return nil, on("fxRate", money.ErrFxRate)
	}
	rate, err := money.ParseFxRate(in.FxRate)
	if err != nil {
		return nil, on("fxRate", err)
	}
	if in.FxSource == "" || in.FxQuotedAt == nil {
		return nil, fault.InvalidField("fxRate", "FX_SOURCE_MISSING", "say where the rate comes from and when it was quoted")
	}
	return &rate, nil
}

func (in *ConversionInput) encodeItems(from, to money.Currency, rate *money.FxRate) (string, error) {
	if len(in.Items) == 0 {
		return "", nil
	}
	items := make([]Item, len(in.Items))
	in.Items = slices.Clone(in.Items)
	for i, item := range in.Items {
		a, err := money.Parse(item.Amount, from)
		if err != nil {
			return "", on(fmt.Sprintf("items.%d.amount", i), err)
		}
		if a.IsNegative() || item.Quantity < 1 {
			return "", fault.InvalidField(fmt.Sprintf("items.%d", i), "ITEM_INVALID", "an item has a quantity of at least 1 and no negative amount")
		}
		if len([]rune(item.SKU)) > maxItemTextRunes || len([]rune(item.Name)) > maxItemTextRunes || len([]rune(item.Category)) > maxItemTextRunes {
			return "", fault.InvalidField(fmt.Sprintf("items.%d", i), "ITEM_INVALID", "item texts have at most %d characters", maxItemTextRunes)
		}
		in.Items[i].Amount = a.Decimal()
		if rate != nil {
			if a, err = money.Convert(a, to, *rate); err != nil {
				return "", on(fmt.Sprintf("items.%d.amount", i), err)
			}
		}
		item.Amount = a.Decimal()
		items[i] = item
	}
	text, err := json.Marshal(items)
	return string(text), err
}

// on names the field of a typed error; other errors pass.
func on(field string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.On(field)
	}
	return err
}
