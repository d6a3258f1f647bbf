package stripeconnect

import (
	"encoding/json"
	"fmt"
	"strings"

	"tributary/internal/payout"
)

// Notice tells what a kept event is about; the types that concern nobody here, and events of the other mode, give the zero
// notice.
func (r *Rail) Notice(payload string) (payout.Notice, error) {
	var e struct {
		Type    string `json:"type"`
		Account string `json:"account"`
		Live    bool   `json:"livemode"`
		Data    struct {
			Object struct {
				ID       string            `json:"id"`
				Object   string            `json:"object"`
				Metadata map[string]string `json:"metadata"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(payload), &e); err != nil {
		return payout.Notice{}, fmt.Errorf("decode event: %w", err)
	}
	if e.Live != r.live {
		return payout.Notice{}, nil
	}
	object := e.Data.Object
	switch e.Type {
	case "account.updated", "capability.updated", "account.application.deauthorized":
		if e.Account == "" && object.Object == "account" {
			e.Account = object.ID // on the platform's own endpoint
		}
		return payout.Notice{Account: e.Account}, nil
	case "transfer.created", "transfer.reversed":
		return payout.Notice{TransferID: object.ID, PayoutID: object.Metadata[metaPayout], IsReversal: strings.HasSuffix(e.Type, ".reversed")}, nil
	}
	return payout.Notice{}, nil
}
