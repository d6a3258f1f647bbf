package stripeconnect

import (
	"strconv"
	"strings"
	"time"
)

// signedAt gives the instant of a signature header that has been verified: "t=1492774577,v1=...". A header with any
// other number of timestamps than one is refused: which of them was signed would be a matter of taste.
func signedAt(header string) (time.Time, bool) {
	var found []string
	for part := range strings.SplitSeq(header, ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "t="); ok {
			found = append(found, text)
		}
	}
	if len(found) != 1 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(found[0], 10, 64)
	return time.Unix(seconds, 0), err == nil
}
