package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
)

type staffCmd struct {
	Add staffAddCmd `cmd:"" help:"Give a person a role at a merchant, and a login if there is none. The password is read from TRIBUTARY_STAFF_PASSWORD, or made and printed once."`
}

type staffAddCmd struct {
	Merchant string `required:"" help:"Slug of the merchant."`
	Email    string `required:"" help:"The address to sign in with."`
	Name     string `required:"" help:"The person's name."`
	Role     string `required:"" help:"owner, admin, finance or analyst."`
}

// Run adds the person. A login that exists keeps its password.
func (c staffAddCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	added, err := app.AddStaff(r.Context, a, app.StaffInput{Merchant: c.Merchant, Email: c.Email, Name: c.Name, Role: c.Role,
		Password: os.Getenv("TRIBUTARY_STAFF_PASSWORD")})
	switch {
	case err != nil:
		return err
	case !added.IsNew:
		fmt.Printf("%s has a login already: it keeps its password and is now %s\n", added.User.Email, c.Role)
	case added.Password != "":
		fmt.Printf("%s is now %s; password, shown this once: %s\n", added.User.Email, c.Role, added.Password)
	default:
		fmt.Printf("%s is now %s\n", added.User.Email, c.Role)
	}
	return nil
}
