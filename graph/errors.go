package graph

// UserError is something the caller can mend in a mutation's input.
type UserError struct {
	Field   []string `json:"field"`
	Message string   `json:"message"`
	Code    string   `json:"code"`
}
