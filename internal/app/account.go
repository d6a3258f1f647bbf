package app

import (
	"embed"
	"net/http"

	"tributary/internal/mail"
)

// accountFiles is the page that links in mails lead to. It holds no token and no person's data: the browser has those.
//
//go:embed account
var accountFiles embed.FS

// account serves the page and its parts.
func account(mux *http.ServeMux) {
	for path, file := range map[string]string{mail.AccountPath: "account.html", mail.AccountPath + ".js": "account.js", mail.AccountPath + ".css": "account.css"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			header := w.Header()
			header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
			header.Set("Referrer-Policy", "no-referrer")
			header.Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(w, r, accountFiles, "account/"+file)
		})
	}
}
