package export

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// AddressLife is how long the address of a file holds.
const AddressLife = 15 * time.Minute

// ErrAddress is returned for an address that was not signed here, or has ended.
var ErrAddress = fault.New(fault.Forbidden, "EXPORT_ADDRESS_INVALID", "this address is not valid any more: ask the export for another")

func signingKey(secret string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "tributary exports v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive export key: %w", err)
	}
	return key, nil
}

func (s *Service) sign(id models.ID, expires string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(id[:])
	mac.Write([]byte(expires))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Address gives the address of an export's file, which whoever has it may read until it ends: in AddressLife, or with the
// file. It is empty while there is no file.
func (s *Service) Address(e models.Export) string {
	now := s.db.Now()
	if e.State != models.ExportStateDone || e.ExpiresAt == nil || !now.Before(*e.ExpiresAt) {
		return ""
	}
	expires := strconv.FormatInt(min(now.Add(AddressLife).Unix(), e.ExpiresAt.Unix()), 10)
	query := url.Values{"expires": {expires}, "signature": {s.sign(e.ID, expires)}}
	return strings.TrimSuffix(s.baseURL, "/") + "/exports/" + e.ID.Format(models.PrefixExport) + "?" + query.Encode()
}

// Open finds the export of a file by its signed address. Codes EXPORT_ADDRESS_INVALID, EXPORT_NOT_FOUND (also when its file is
// gone).
func (s *Service) Open(ctx context.Context, id models.ID, expires, signature string) (models.Export, error) {
	var e models.Export
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || !hmac.Equal([]byte(s.sign(id, expires)), []byte(signature)) || s.db.Now().Unix() >= until {
		return e, ErrAddress
	}
	err = s.db.Read(ctx).Where("id = ? AND state = ?", id, models.ExportStateDone).Take(&e).Error
	if models.IsMissing(err) {
		return e, ErrMissing
	}
	if err != nil {
		return e, fmt.Errorf("read export: %w", err)
	}
	return e, nil
}

// WriteFile writes the file of an export part by part. Code EXPORT_NOT_FOUND when its file went meanwhile.
func (s *Service) WriteFile(ctx context.Context, e models.Export, to io.Writer) error {
	for seq := range e.Chunks {
		var chunk models.ExportChunk
		err := s.db.Read(ctx).Where("export_id = ? AND seq = ?", e.ID, seq).Take(&chunk).Error
		if models.IsMissing(err) {
			return ErrMissing
		}
		if err != nil {
			return fmt.Errorf("read part of export: %w", err)
		}
		if _, err := to.Write(chunk.Body); err != nil {
			return err
		}
	}
	return nil
}

// FileName is what the file is called where it is saved.
func FileName(e models.Export) string {
	return strings.ToLower(string(e.Kind)) + "-" + e.RequestedAt.UTC().Format(time.DateOnly) + ".csv"
}
