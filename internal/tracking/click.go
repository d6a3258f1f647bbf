package tracking

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/url"

	"tributary/internal/fault"
	"tributary/models"
)

// ClickParameter is the query parameter under which the merchant's page is told the click id.
const ClickParameter = "tributary_click"

const (
	maxReferrerRunes  = 500
	maxUserAgentRunes = 300
	maxSubIDRunes     = 200
)

// subIDNames are the query parameters of a link with which a partner tells its placements apart.
var subIDNames = []string{"sub1", "sub2", "sub3", "sub4", "sub5"}

// Visit describes a visit through a link. The address is stored only as a keyed hash.
type Visit struct {
	Code      string
	Referrer  string
	UserAgent string
	Address   string
	Query     url.Values // as the link was followed; of it sub1 to sub5 are kept, and the first value of each
}

// ErrLinkNotFound is returned for a code that leads nowhere, or no longer.
var ErrLinkNotFound = fault.NotFoundf("LINK_NOT_FOUND", "link")

// RecordClick stores a visit and gives the page to send the visitor to, with the click id added.
// Code LINK_NOT_FOUND.
func (s *Service) RecordClick(ctx context.Context, v Visit) (string, models.Click, error) {
	if !isCode(v.Code) {
		return "", models.Click{}, ErrLinkNotFound
	}
	var link models.Link
	if err := s.db.Read(ctx).Where("code = ? AND active = ?", v.Code, true).Take(&link).Error; err != nil {
		if models.IsMissing(err) {
			return "", models.Click{}, ErrLinkNotFound
		}
		return "", models.Click{}, fmt.Errorf("read link: %w", err)
	}
	target, err := url.Parse(link.DestinationURL)
	if err != nil {
		return "", models.Click{}, fmt.Errorf("parse destination of link %s: %w", link.ID, err)
	}
	click := models.Click{ID: models.NewID(), ProgramID: link.ProgramID, LinkID: link.ID, EnrollmentID: link.EnrollmentID,
		Referrer: models.Cut(v.Referrer, maxReferrerRunes), UserAgent: models.Cut(v.UserAgent, maxUserAgentRunes), IPHash: s.hashAddress(link.ProgramID, v.Address), SubIDs: subIDsOf(v.Query)}
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		click.ClickedAt = tx.Now
		return tx.Create(&click).Error
	})
	if err != nil {
		return "", click, fmt.Errorf("create click: %w", err)
	}
	addParameter(target, click.ID.Format(models.PrefixClick))
	return target.String(), click, nil
}

// addParameter adds the click id behind the query as the merchant wrote it: the order of its parameters, and what is no
// parameter at all, may matter to the page.
func addParameter(target *url.URL, click string) {
	if target.RawQuery != "" {
		target.RawQuery += "&"
	}
	target.RawQuery += ClickParameter + "=" + url.QueryEscape(click)
}

func (s *Service) hashAddress(programID models.ID, address string) models.Hash {
	mac := hmac.New(sha256.New, s.addressKey)
	mac.Write(programID[:])
	mac.Write([]byte(address))
	return models.Hash(mac.Sum(nil))
}

// subIDsOf gives the sub ids of a query as a JSON object, or "" when it has none. Long ones are cut, as all that
// visitors bring: a visit counts whatever was typed behind the link.
func subIDsOf(query url.Values) string {
	found := map[string]string{}
	for _, name := range subIDNames {
		if value := models.Cut(query.Get(name), maxSubIDRunes); value != "" {
			found[name] = value
		}
	}
	return encodeTexts(found)
}
