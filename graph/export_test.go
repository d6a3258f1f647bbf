package graph

import "time"

// SetLoaderWait makes loaders gather keys for longer, until the returned function is called.
func SetLoaderWait(d time.Duration) (reset func()) {
	before := loaderWait
	loaderWait = d
	return func() { loaderWait = before }
}
