package graph

import "time"

// NetworkOf is whose budget pays for a caller without a credential.
var NetworkOf = networkOf

// SetLoaderWait makes loaders gather keys for longer, until the returned function is called.
func SetLoaderWait(d time.Duration) (reset func()) {
	before := loaderWait
	loaderWait = d
	return func() { loaderWait = before }
}
