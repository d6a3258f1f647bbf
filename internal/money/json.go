package money

import "encoding/json"

// inJSON is an amount as the API shows it.
type inJSON struct {
	Amount       string   `json:"amount"`
	CurrencyCode Currency `json:"currencyCode"`
}

// MarshalJSON writes the amount as a decimal beside its currency.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(inJSON{a.Decimal(), a.Currency})
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
