package app

import (
	"html/template"
	"net"
	"net/http"
)

// devMailPath shows the mails that would have been sent, on the machine itself and nowhere else.
const devMailPath = "/dev/mail"

// showsMail tells whether mails can be read over HTTP: they open logins, so only where no mail server is configured and only
// this machine can ask.
func (a *App) showsMail() bool {
	host, _, err := net.SplitHostPort(a.Config.Addr)
	return a.standIn != nil && err == nil && isLoopback(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var devMailPage = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Mails</title></head><body>
<h1>Mails</h1>
<p>No mail server is configured. These are the last mails this process would have sent, the newest first.</p>
{{range .}}<article><h2>{{.Subject}}</h2><p>To {{.To}}</p><pre>{{.Text}}</pre>{{with .Link}}<p><a href="{{.}}">Follow the link</a></p>{{end}}</article><hr>
{{else}}<p>None so far.</p>{{end}}</body></html>
`))

// devMail shows what the stand-in kept. A request under another name than this machine's comes from a page of somebody else, or
// through a proxy that the outside reaches.
func (a *App) devMail(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !isLoopback(host) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	_ = devMailPage.Execute(w, a.standIn.Kept())
}
