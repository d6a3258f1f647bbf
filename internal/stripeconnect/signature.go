package stripeconnect

import (
	"strconv"
	"strings"
)

// signedAt gives the timestamp of a signature header that has been verified: "t=1492774577,v1=...".
func signedAt(header string) int64 {
	for part := range strings.SplitSeq(header, ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "t="); ok {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err == nil {
				return seconds
			}
		}
	}
	return 0
}
