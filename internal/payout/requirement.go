package payout

// RequirementSentence tells what a rail still asks of a partner, for partner and merchant; a code that is not known here is
// given as it is, since rails add codes as they please.
func RequirementSentence(code string) string {
	if text, ok := requirementSentences[code]; ok {
		return text
	}
	return code
}

// StatusSentence tells what a rail says of a payout account.
func StatusSentence(status string) string {
	if text, ok := statusSentences[status]; ok {
		return text
	}
	return status
}

var requirementSentences = map[string]string{
	"external_account":                            "a bank account or debit card to be paid to",
	"tos_acceptance.date":                         "acceptance of the payment provider's terms",
	"tos_acceptance.ip":                           "acceptance of the payment provider's terms",
	"business_type":                               "whether this is a person or a company",
	"business_profile.url":                        "the address of the partner's website",
	"business_profile.mcc":                        "the line of business",
	"business_profile.product_description":        "what the partner sells or does",
	"individual.first_name":                       "the first name",
	"individual.last_name":                        "the last name",
	"individual.email":                            "the e-mail address",
	"individual.phone":                            "the phone number",
	"individual.dob.day":                          "the date of birth",
	"individual.dob.month":                        "the date of birth",
	"individual.dob.year":                         "the date of birth",
	"individual.address.line1":                    "the home address",
	"individual.address.city":                     "the town of the home address",
	"individual.address.postal_code":              "the postal code of the home address",
	"individual.address.state":                    "the state of the home address",
	"individual.id_number":                        "the national identification number",
	"individual.ssn_last_4":                       "the last four digits of the social security number",
	"individual.verification.document":            "a copy of an identity document",
	"individual.verification.additional_document": "a second document, such as proof of address",
	"company.name":                                "the name of the company",
	"company.tax_id":                              "the company's tax number",
	"company.phone":                               "the company's phone number",
	"company.address.line1":                       "the company's address",
	"company.address.city":                        "the town of the company's address",
	"company.address.postal_code":                 "the postal code of the company's address",
	"company.owners_provided":                     "confirmation that all owners are named",
	"company.directors_provided":                  "confirmation that all directors are named",
	"company.executives_provided":                 "confirmation that all executives are named",
	"company.verification.document":               "a document that proves the company",
	"representative":                              "a person who represents the company",
}

// StatusRefused is the status of an account that the rail did not open, StatusGone of one that left the platform or was
// closed.
const (
	StatusRefused = "refused"
	StatusGone    = "gone"
)

var statusSentences = map[string]string{
	"active":      "the account can be paid to",
	"inactive":    "the account cannot be paid to yet, or no longer",
	"pending":     "the payment provider is checking what was handed in",
	"unrequested": "the account was not set up to be paid to",
	"disabled":    "the payment provider has shut the account off",
	StatusRefused: "the payment provider opens no account in the partner's country as things are set up",
	StatusGone:    "the account has left, and cannot be paid to",
}
