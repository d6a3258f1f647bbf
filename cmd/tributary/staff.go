package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
)

type staffCmd struct {
	Add  staffAddCmd  `cmd:"" help:"Give a person a role at a merchant, and a login if there is none; the invitation with which the person sets its password is printed once."`
	Join staffJoinCmd `cmd:"" help:"Set the first password of a login that was invited; the invitation is read from TRIBUTARY_INVITE_TOKEN, the password from TRIBUTARY_STAFF_PASSWORD."`
}

type staffAddCmd struct {
	Merchant string `required:"" help:"Slug of the merchant."`
	Email    string `required:"" help:"The address to sign in with."`
	Name     string `required:"" help:"The person's name."`
	Role     string `required:"" help:"owner, admin, finance or analyst."`
}

// Run adds the person. A login that has a password keeps it.
func (c staffAddCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	added, err := app.AddStaff(r.Context, a, app.StaffInput{Merchant: c.Merchant, Email: c.Email, Name: c.Name, Role: c.Role})
	switch {
	case err != nil:
		return err
	case added.InviteToken == "":
		fmt.Printf("%s has a login already: it keeps its password and is now %s\n", added.User.Email, c.Role)
	default:
		fmt.Printf("%s is now %s; invitation for 14 days, shown this once and not mailed: %s\n", added.User.Email, c.Role, added.InviteToken)
	}
	return nil
}

type staffJoinCmd struct{}

// Run sets the password. Neither it nor the invitation is an argument, since arguments are seen by everybody on the machine.
func (staffJoinCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	user, err := app.JoinStaff(r.Context, a, os.Getenv("TRIBUTARY_INVITE_TOKEN"), os.Getenv("TRIBUTARY_STAFF_PASSWORD"))
	if err == nil {
		fmt.Printf("%s signs in with this password from now on\n", user.Email)
	}
	return err
}
