package app

import (
	"net/http"
	"strconv"

	"tributary/internal/export"
	"tributary/models"
)

// export hands out the file of an export to whoever has its signed address. It is written part by part; one that breaks off
// is shorter than the answer said, which the reader's program tells.
func (a *App) export(w http.ResponseWriter, r *http.Request) {
	var e models.Export
	id, err := models.ParseID(models.PrefixExport, r.PathValue("id"))
	if err == nil {
		query := r.URL.Query()
		e, err = a.Exports.Open(r.Context(), id, query.Get("expires"), query.Get("signature"))
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Length", strconv.FormatInt(e.ByteCount, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+export.FileName(e)+`"`)
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return
	}
	if err := a.Exports.WriteFile(r.Context(), e, w); err != nil {
		a.Log.Warn("an export was not handed out to its end", "export", e.ID.String(), "error", err)
	}
}
