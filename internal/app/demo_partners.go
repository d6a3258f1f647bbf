package app

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

// demoPartner is one partner of the demo; sponsor is an index into demoPartners, or -1.
type demoPartner struct {
	name, group string
	sponsor     int
	onboards    bool
	rejected    bool // Stripe stops trusting its account after the batch was planned
	unanswered  bool // the answer to its transfer is lost once
	enrollment  models.Enrollment
	link        models.Link
	coupon      models.Coupon
	destination string
}

// demoPartners is the tree: five levels deep, wide at the second.
func demoPartners() []demoPartner {
	return []demoPartner{
		{name: "Harbour House", group: "shops", sponsor: -1, onboards: true},
		{name: "Ada Blogs", group: "bloggers", sponsor: 0, onboards: true},
		{name: "Kitchen Notes", group: "bloggers", sponsor: 0, onboards: true},
		{name: "Paper Lantern", group: "shops", sponsor: 0, onboards: true},
		{name: "Small Rooms", group: "bloggers", sponsor: 1, onboards: true},
		{name: "Bea Writes", group: "bloggers", sponsor: 1, onboards: true},
		{name: "Corner Table", group: "bloggers", sponsor: 2, onboards: true},
		{name: "Lamp and Ladder", group: "shops", sponsor: 3, onboards: false},
		{name: "Northern Finds", group: "shops", sponsor: 4, onboards: true},
		{name: "Tinsel Town", group: "bloggers", sponsor: 4, onboards: true},
		{name: "Garden Gate", group: "bloggers", sponsor: 5, onboards: true, unanswered: true},
		{name: "The Gift List", group: "bloggers", sponsor: 6, onboards: true},
		{name: "Attic Treasures", group: "shops", sponsor: 8, onboards: true},
		{name: "Cosy Corner", group: "bloggers", sponsor: 9, onboards: true, rejected: true},
		{name: "Market Day", group: "shops", sponsor: 12, onboards: true},
		{name: "Quiet Sundays", group: "bloggers", sponsor: 12, onboards: true},
		{name: "Ribbon Club", group: "bloggers", sponsor: -1, onboards: true},
		{name: "Second Post", group: "bloggers", sponsor: 16, onboards: false},
	}
}

func (d *demo) recruit(ctx context.Context) error {
	d.partners = demoPartners()
	hash, err := d.Access.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	for i := range d.partners {
		p := &d.partners[i]
		email := fmt.Sprintf("partner%02d@partners.example", i+1)
		err := models.InTx(ctx, d.DB, func(tx *models.Tx) error {
			_, err := d.Program.AddPartner(tx, email, p.name, hash)
			return err
		})
		if err != nil {
			return err
		}
		caller, err := d.signIn(ctx, email)
		if err != nil {
			return err
		}
		err = models.InTx(ctx, d.DB, func(tx *models.Tx) error {
			if err := d.joinAndShare(tx, caller, p, i); err != nil {
				return err
			}
			_, err := d.Program.UpdateEnrollment(tx, d.owner, p.enrollment.ID, program.Change{Group: &p.group})
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		d.report.SignIns = append(d.report.SignIns, SignIn{Email: email, Role: "partner " + p.name})
	}
	return nil
}

// joinAndShare is what a partner does on its first day: join, accept the terms, take a link and a coupon.
func (d *demo) joinAndShare(tx *models.Tx, caller access.Caller, p *demoPartner, n int) error {
	var sponsorID models.ID
	if p.sponsor >= 0 {
		sponsorID = d.partners[p.sponsor].enrollment.ID
	}
	var err error
	if p.enrollment, err = d.Program.Join(tx, caller, d.program.ID, sponsorID); err != nil {
		return err
	}
	if _, err := d.Program.AcceptTerms(tx, caller, p.enrollment.ID, d.program.TermsVersion); err != nil {
		return err
	}
	if p.link, err = d.Program.CreateLink(tx, caller, program.CreateLinkInput{EnrollmentID: p.enrollment.ID, DestinationURL: "https://gifts.example/"}); err != nil {
		return err
	}
	p.coupon, err = d.Program.CreateCoupon(tx, caller, program.CreateCouponInput{EnrollmentID: p.enrollment.ID, Code: fmt.Sprintf("GIFT%02d", n+1)})
	return err
}

// onboard opens a Stripe account for every partner; those who complete it follow the link, the others leave it.
func (d *demo) onboard(ctx context.Context) error {
	for i, p := range d.partners {
		caller, err := d.signIn(ctx, fmt.Sprintf("partner%02d@partners.example", i+1))
		if err != nil {
			return err
		}
		page, account, err := d.Payouts.Onboard(ctx, caller, p.enrollment.ID, d.Config.BaseURL+"/", d.Config.BaseURL+"/")
		if err != nil {
			return err
		}
		d.partners[i].destination = account.Destination
		if !p.onboards {
			continue
		}
		if _, err := visit(ctx, page); err != nil {
			return fmt.Errorf("complete onboarding: %w", err)
		}
		if err := d.Payouts.RefreshAccount(ctx, models.RailNameStripe, account.Destination); err != nil {
			return err
		}
	}
	return nil
}
