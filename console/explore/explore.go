// Package explore serves GraphiQL, the explorer of the API, out of the binary: no file of it comes from another server. It
// owns the page, its policy and its files; it knows nothing of the API but where it is. A credential that is given in the page stays
// in that tab's session storage and is sent as a bearer token; there are no cookies.
package explore

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
)

// page holds what is ours; lib what `npm run assets` copies from npm, with its licences.
//
//go:embed page lib
var files embed.FS

var index = template.Must(template.ParseFS(files, "page/index.html"))

// policy takes scripts and answers from this server alone. GraphiQL writes style elements of its own, which carry the nonce, and has
// its fonts and pictures in its style sheet.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; font-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page at /explore and its files below it. It must be asked for GET /explore and GET /explore/{file}.
func Handler() http.Handler {
	served := map[string]file{}
	for _, folder := range []string{"page", "lib"} {
		entries, err := files.ReadDir(folder)
		if err != nil {
			panic(err) // the folder is embedded
		}
		for _, entry := range entries {
			served[entry.Name()] = read(folder, entry)
		}
	}
	delete(served, "index.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		name := r.PathValue("file")
		if name == "" {
			writePage(w)
			return
		}
		f, ok := served[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r)
	})
}

// writePage writes the page with a nonce of its own, which is why it is not kept by anybody.
func writePage(w http.ResponseWriter) {
	nonce := rand.Text()
	var page bytes.Buffer
	if err := index.Execute(&page, nonce); err != nil {
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page.Bytes())
}

func read(folder string, entry fs.DirEntry) file {
	content, err := files.ReadFile(folder + "/" + entry.Name())
	if err != nil {
		panic(err) // the file is embedded
	}
	return newFile(entry.Name(), content)
}
