package money

import "encoding/json"

// inJSON is an amount as the API shows it.
type inJSON struct {
	Amount       string   `json:"amount"`
	CurrencyCode Currency `json:"currencyCode"`
}

// MarshalJSON writes the amount as a decimal beside its currency.
func (a Amount) MarshalJSON() ([]byte, error) {
	for _, letter := range []byte(a.Currency) {
		if letter < 'A' || letter > 'Z' {
			return json.Marshal(inJSON{a.Decimal(), a.Currency})
		}
	}
	text := make([]byte, 0, 64) // nothing in it needs to be escaped
	text = append(append(text, `{"amount":"`...), a.Decimal()...)
	text = append(append(text, `","currencyCode":"`...), a.Currency...)
	return append(text, `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. Codes as those of Parse.
func (a *Amount) UnmarshalJSON(text []byte) error {
	var in inJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	found, err := Parse(in.Amount, in.CurrencyCode)
	*a = found
	return err
}
