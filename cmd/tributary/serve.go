package main

type serveCmd struct{}

// Run serves HTTP and works until it is told to end.
func (serveCmd) Run(r run) error { return serve(r, true, true) }

type apiCmd struct{}

// Run serves HTTP until it is told to end.
func (apiCmd) Run(r run) error { return serve(r, true, false) }

type workCmd struct{}

// Run works until it is told to end.
func (workCmd) Run(r run) error { return serve(r, false, true) }

func serve(r run, http, workers bool) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Serve(r.Context, http, workers)
}
