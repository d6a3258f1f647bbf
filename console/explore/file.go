package explore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

// contentTypes are those of the files there are; the server's own table depends on the machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// A file is asked for again with its tag, so that a new binary is seen at once and an old one costs nothing.
type file struct {
	name, tag string
	content   []byte
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{name: name, tag: `"` + hex.EncodeToString(sum[:16]) + `"`, content: content}
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", contentTypes[path.Ext(f.name)])
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.content))
}
