package graph_test

import (
	"strings"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

var staffRoles = []models.StaffRole{models.StaffRoleOwner, models.StaffRoleAdmin, models.StaffRoleFinance, models.StaffRoleAnalyst}

// staffOf are the addresses of one of each role.
var staffOf = map[models.StaffRole]string{models.StaffRoleOwner: "olivia@acme.example", models.StaffRoleAdmin: "adam@acme.example",
	models.StaffRoleFinance: "felix@acme.example", models.StaffRoleAnalyst: "anna@acme.example"}

// asker is a column of the table of who may do what.
type asker struct {
	name       string
	credential string
	by         access.Caller
	role       models.StaffRole // of a member of the staff
	outside    bool             // what is asked for belongs to somebody else
}

// askers signs in one of each kind: nobody, the partner that things belong to, the partner above it and another one of the
// program, each role of the staff, an owner of another merchant, and a key for each scope.
func (s *served) askers(own, above, other, rival string) []asker {
	s.T.Helper()
	all := []asker{{name: "nobody"}, {name: "partner", credential: s.signIn(own)}, {name: "sponsor", credential: s.signIn(above), outside: true},
		{name: "other partner", credential: s.signIn(other), outside: true}}
	for _, role := range staffRoles {
		all = append(all, asker{name: strings.ToLower(string(role)), credential: s.signIn(staffOf[role]), role: role})
	}
	all = append(all, asker{name: "other merchant", credential: s.signIn(rival), role: models.StaffRoleOwner, outside: true})
	for _, scope := range access.AllScopes {
		all = append(all, asker{name: "key " + string(scope), credential: s.keyFor(s.Owner, scope)})
	}
	for i := range all {
		if all[i].credential == "" {
			continue
		}
		by, err := s.Access.Authenticate(s.T.Context(), all[i].credential)
		require.NoError(s.T, err)
		all[i].by = by
	}
	return all
}

// hire gives the scene's merchant one member of each role, and makes a second merchant with an owner; it gives the owner's
// address.
func (s *served) hire() string {
	s.T.Helper()
	for _, role := range staffRoles {
		s.staffToken(staffOf[role], role)
	}
	const rita = "rita@rival.example"
	by, _ := s.otherMerchant()
	hash := s.cheapHash()
	s.Do(func(tx *models.Tx) error {
		user, err := s.Access.CreateUser(tx, rita, "Rita", hash)
		if err != nil {
			return err
		}
		return s.Access.AddStaff(tx, by.MerchantID, user.ID, models.StaffRoleOwner)
	})
	return rita
}
