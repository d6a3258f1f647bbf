package app

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/models"
	"tributary/workers"
)

//go:embed demodata/plan.yaml
var demoPlan []byte

// DemoClock runs like the real one, from wherever it is turned to.
type DemoClock struct{ offset atomic.Int64 }

// Now gives the turned instant.
func (c *DemoClock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// TurnTo makes now the instant given.
func (c *DemoClock) TurnTo(at time.Time) { c.offset.Store(int64(time.Until(at))) }

// The sign-ins that the demo makes; all have one password, which the report prints.
const (
	demoPassword = "tributary demo"
	demoOwner    = "olivia@gifts.example"
	demoFinance  = "felix@gifts.example"
)

// demo is one run of the main job, in steps that read like the story they tell.
type demo struct {
	*App
	clock    *DemoClock
	workers  *workers.Server
	program  models.Program
	owner    access.Caller
	finance  access.Caller
	partners []demoPartner
	book     retailBook
	report   Report
}

// OpenDemo wires the program with a clock that can be turned. A configured database is migrated too; it must be empty.
func OpenDemo(ctx context.Context, c Config, log *slog.Logger) (*App, *DemoClock, error) {
	clock := &DemoClock{}
	clock.TurnTo(demoStart)
	folder, err := os.MkdirTemp("", "tributary-demo-")
	if err != nil {
		return nil, nil, fmt.Errorf("make demo folder: %w", err)
	}
	c.DataDir = folder
	if c.BaseURL == "" {
		if c.Addr, err = resolve(c.Addr); err != nil {
			return nil, nil, err
		}
	}
	a, err := Open(ctx, c, clock.Now, log)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	a.stops = append([]func(){func() { _ = os.RemoveAll(folder) }}, a.stops...) // the last to go
	if _, err := models.Migrate(ctx, a.DB); err != nil {
		a.Close()
		return nil, nil, err
	}
	return a, clock, nil
}

// resolve picks a free port when the address asks for port 0, so that the simulator knows where to send webhooks.
func resolve(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

var demoStart = time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)

// RunDemo loads the sample program with real orders, turns the clock past the hold, closes the month, and pays. It
// leaves the workers stopped and the database as a merchant would find it. The report says what happened.
func (a *App) RunDemo(ctx context.Context, clock *DemoClock) (Report, error) {
	d := &demo{App: a, clock: clock}
	listening, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- a.listen(listening, a.Handler()) }()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"set up the merchant and its program", d.setUp}, {"bring in partners", d.recruit}, {"onboard partners to Stripe", d.onboard},
		{"record orders", d.sell}, {"record refunds", d.refund}, {"close the month", d.closeMonth}, {"pay", d.pay}, {"write the report", d.write},
	} {
		if err := step.run(ctx); err != nil {
			return d.report, fmt.Errorf("%s: %w", step.name, err)
		}
		a.Log.Info("demo", "done", step.name)
	}
	stop()
	return d.report, errors.Join(<-served)
}

func (d *demo) setUp(ctx context.Context) error {
	hash, err := d.Access.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	var merchant models.Merchant
	err = models.InTx(ctx, d.DB, func(tx *models.Tx) error {
		if merchant, err = d.Program.CreateMerchant(tx, "gift-shop", "Gift Shop Ltd"); err != nil {
			return err
		}
		for _, s := range []struct {
			email, name string
			role        models.StaffRole
		}{{demoOwner, "Olivia Owner", models.StaffRoleOwner}, {demoFinance, "Felix Finance", models.StaffRoleFinance}} {
			user, err := d.Access.CreateUser(tx, s.email, s.name, hash)
			if err != nil {
				return err
			}
			if err := d.Access.AddStaff(tx, merchant.ID, user.ID, s.role); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if d.owner, err = d.signIn(ctx, demoOwner); err != nil {
		return err
	}
	if d.finance, err = d.signIn(ctx, demoFinance); err != nil {
		return err
	}
	file, err := commission.ParsePlanFile(demoPlan)
	if err != nil {
		return err
	}
	d.program, _, err = d.ApplyPlanFile(ctx, d.owner, file)
	return err
}

func (d *demo) signIn(ctx context.Context, email string) (access.Caller, error) {
	session, err := d.Access.SignIn(ctx, access.SignInInput{Email: email, Password: demoPassword})
	return session.Caller, err
}

// visit follows a link as a browser would, without going on to the page it leads to.
func visit(ctx context.Context, address string) (*http.Response, error) {
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	return response, response.Body.Close()
}
