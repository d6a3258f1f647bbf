package notify

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tributary/internal/fault"
	"tributary/models"
)

const maxURLBytes = 2000

// The refusals of addresses.
var (
	ErrURL   = fault.InvalidField("url", "WEBHOOK_URL_INVALID", "an address is http or https, has at most %d bytes, a host, no user, no fragment, and port 80, 443 or from %d", maxURLBytes, lowestPort)
	ErrMacro = fault.InvalidField("url", "MACRO_UNKNOWN", "the macros are %s, behind the host", strings.Join(macroNames, " "))
)

// Macros are what stands in the address of a postback for something of the event: in braces, behind the host.
var Macros = []string{"event", "event_id", "event_number", "click_id", "conversion_id", "external_id", "kind", "amount", "currency", "status",
	"sub1", "sub2", "sub3", "sub4", "sub5"}

var (
	macroShape = regexp.MustCompile(`\{[^{}]*\}`)
	macroNames = bracedMacros()
)

func bracedMacros() []string {
	names := make([]string, len(Macros))
	for i, m := range Macros {
		names[i] = "{" + m + "}"
	}
	return names
}

// checkURL refuses an address that a webhook cannot have. Code WEBHOOK_URL_INVALID.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURLBytes || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return ErrURL
	}
	if port, ok := portOf(u.Port()); !ok || !isPort(port) {
		return ErrURL
	}
	return nil
}

// checkTemplate refuses an address that a postback cannot have. Codes WEBHOOK_URL_INVALID, MACRO_UNKNOWN.
func checkTemplate(text string) error {
	for _, name := range macroShape.FindAllString(text, -1) {
		if !slices.Contains(macroNames, name) {
			return ErrMacro
		}
	}
	plain := macroShape.ReplaceAllString(text, "x")
	if err := checkURL(plain); err != nil {
		return err
	}
	u, err := url.Parse(plain)
	prefix := u.Scheme + "://" + u.Host
	if err != nil || strings.ContainsAny(plain, "{}") || !strings.HasPrefix(text, prefix) || len(text) > len(prefix) && !strings.ContainsRune("/?", rune(text[len(prefix)])) {
		return ErrMacro // where a call goes to is not the event's to say
	}
	return nil
}

// expand puts an event into the address of a postback; every value is escaped, and what the event has not is empty.
func expand(template string, e models.Event) (string, error) {
	values, err := macroValues(e)
	if err != nil {
		return "", err
	}
	return macroShape.ReplaceAllStringFunc(template, func(name string) string {
		return strings.ReplaceAll(url.QueryEscape(values[strings.Trim(name, "{}")]), "+", "%20")
	}), nil
}

// macroValues reads what the data of a conversion or a refund tells.
func macroValues(e models.Event) (map[string]string, error) {
	var data struct {
		ConversionID, ExternalID, Kind, State string
		IsHeld                                bool
		Amount                                struct{ Amount, CurrencyCode string }
		Touch
	}
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", e.ID, err)
	}
	_, status, _ := strings.Cut(e.Type, ".")
	values := map[string]string{"event": e.Type, "event_id": e.ID.Format(models.PrefixEvent), "event_number": strconv.FormatInt(e.Number, 10), "click_id": data.ClickID,
		"conversion_id": data.ConversionID, "external_id": data.ExternalID, "kind": data.Kind, "amount": data.Amount.Amount, "currency": data.Amount.CurrencyCode, "status": status}
	for name, value := range data.SubIDs {
		values[name] = value
	}
	return values, nil
}
