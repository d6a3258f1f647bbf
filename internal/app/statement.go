package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"tributary/graph"
	"tributary/internal/access"
	"tributary/internal/commission/paper"
	"tributary/internal/fault"
	"tributary/models"
)

// statement hands a statement out to who is signed in, as PDF or with ?format=csv. It is written whole before the answer
// begins, so that an error is not the end of a file that looks complete, and a slow reader holds no connection.
func (a *App) statement(w http.ResponseWriter, r *http.Request) {
	var file bytes.Buffer
	format, err := paper.ParseFormat(cmp.Or(r.URL.Query().Get("format"), string(paper.PDF)))
	if err == nil {
		err = a.writeStatement(r, format, &file)
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", format.MIME())
	w.Header().Set("Content-Length", strconv.Itoa(file.Len()))
	w.Header().Set("Content-Disposition", `attachment; filename="statement.`+string(format)+`"`)
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = file.WriteTo(w) // who went away needs no answer
}

func (a *App) writeStatement(r *http.Request, format paper.Format, to io.Writer) error {
	by, err := graph.Authenticate(a.Access, r)
	if err != nil {
		return err
	}
	period, err := models.ParseID(models.PrefixPeriod, r.PathValue("period"))
	if err != nil {
		return err
	}
	enrollment, err := models.ParseID(models.PrefixEnrollment, r.PathValue("enrollment"))
	if err != nil {
		return err
	}
	return a.Commission.WriteStatement(r.Context(), by, period, enrollment, format, to)
}

var statusOf = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
}

// refuse answers with the error's stable code; what is nobody's fault goes to the log only.
func (a *App) refuse(w http.ResponseWriter, err error) {
	status, known := statusOf[fault.KindOf(err)]
	if !known {
		a.Log.Error("file not written", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	http.Error(w, fault.CodeOf(err), status)
}

// StatementRequest says which statement: the partner by its enrollment's id, by e-mail address, or by the merchant's own name for it.
type StatementRequest struct{ Merchant, Program, Partner, Period, Format string }

// WriteStatement writes a partner's statement of a closed period. Codes MERCHANT_NOT_FOUND, PROGRAM_NOT_FOUND,
// PERIOD_NOT_FOUND, ENROLLMENT_NOT_FOUND, FORMAT_UNKNOWN, STATEMENT_NOT_FOUND.
func WriteStatement(ctx context.Context, a *App, operator string, q StatementRequest, to io.Writer) error {
	format, err := paper.ParseFormat(q.Format)
	if err != nil {
		return err
	}
	by, p, err := a.programFor(ctx, operator, q.Merchant, q.Program)
	if err != nil {
		return err
	}
	period, err := a.Commission.PeriodByKey(ctx, by, p.ID, q.Period)
	if err != nil {
		return err
	}
	e, err := a.enrollmentFor(ctx, by, p, q.Partner)
	if err != nil {
		return err
	}
	return a.Commission.WriteStatement(ctx, by, period.ID, e, format, to)
}

func (a *App) enrollmentFor(ctx context.Context, by access.Caller, p models.Program, partner string) (models.ID, error) {
	if id, err := models.ParseID(models.PrefixEnrollment, partner); err == nil {
		e, err := a.Program.Enrollment(ctx, by, id)
		return e.ID, err
	}
	query := a.DB.Read(ctx).Where("program_id = ?", p.ID)
	if email, err := access.NormalEmail(partner); err == nil {
		query = query.Where("partner_id IN (SELECT id FROM partners WHERE email = ?)", email)
	} else {
		query = query.Where("external_id = ?", partner)
	}
	var e models.Enrollment
	err := query.Take(&e).Error
	if models.IsMissing(err) {
		return e.ID, fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On("partner")
	}
	if err != nil {
		return e.ID, fmt.Errorf("read enrollment: %w", err)
	}
	return e.ID, nil
}
