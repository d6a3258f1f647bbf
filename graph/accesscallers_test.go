package graph_test

import (
	"strings"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

var staffRoles = []models.StaffRole{models.StaffRoleOwner, models.StaffRoleAdmin, models.StaffRoleFinance, models.StaffRoleAnalyst}

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
		name := strings.ToLower(string(role))
		all = append(all, asker{name: name, credential: s.signIn(name + "@acme.example"), role: role})
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
		s.staffToken(strings.ToLower(string(role))+"@acme.example", role)
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
