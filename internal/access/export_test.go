package access

// TokenKey gives the key that access tokens are signed with.
func (s *Service) TokenKey() []byte { return s.signer.key }
