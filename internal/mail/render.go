package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"net/url"
	"strings"
	"text/template"
	"unicode"

	"tributary/models"
)

// Each letter is a file named after its kind: the subject, an empty line, and the text. A line that is the link alone becomes
// one in HTML; so there is one text to keep.
//
//go:embed letters/*.txt
var files embed.FS

var letters = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "letters/*.txt"))

// actions is what the page behind a link does, for the kinds that have a link.
var actions = map[models.MailKind]string{
	models.MailKindVerifyEmail:       "verify-email",
	models.MailKindEmailChange:       "verify-email",
	models.MailKindPasswordReset:     "reset-password",
	models.MailKindStaffInvitation:   "join-staff",
	models.MailKindPartnerInvitation: "join-partner",
}

// AccountPath is where links in mails lead to. What follows the # stays in the browser, and so out of the logs of servers.
const AccountPath = "/account"

const maxWordRunes = 80

func (s *Service) render(row models.Mail, w Words) (Message, error) {
	data := struct {
		Words
		Link, Until string
	}{Words: w}
	if action, ok := actions[row.Kind]; ok {
		link := url.Values{"do": {action}, "token": {w.Token}}
		if row.Kind == models.MailKindPartnerInvitation { // it is for this address alone
			link.Set("email", row.Recipient)
		}
		data.Link = s.baseURL + AccountPath + "#" + link.Encode()
	}
	if row.UseBefore != nil {
		data.Until = row.UseBefore.UTC().Format("2 January 2006, 15:04 UTC")
	}
	var out bytes.Buffer
	if err := letters.ExecuteTemplate(&out, strings.ToLower(string(row.Kind))+".txt", data); err != nil {
		return Message{}, fmt.Errorf("render mail: %w", err)
	}
	subject, text, _ := strings.Cut(out.String(), "\n\n")
	return Message{ID: row.ID.String(), To: row.Recipient, Subject: subject, Text: text, HTML: asHTML(text, data.Link), Link: data.Link}, nil
}

// word makes a name fit for a line of a mail: one line, in letters that show, and not long enough to tell a story.
func word(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > maxWordRunes {
		return string(runes[:maxWordRunes-1]) + "…"
	}
	return text
}

// asHTML gives the same text as a page: a paragraph for each, and the link to click.
func asHTML(text, link string) string {
	var out strings.Builder
	out.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><body>\n")
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		shown := html.EscapeString(paragraph)
		if link != "" && paragraph == link {
			shown = `<a href="` + shown + `">` + shown + `</a>`
		}
		out.WriteString("<p>" + shown + "</p>\n")
	}
	out.WriteString("</body></html>\n")
	return out.String()
}
