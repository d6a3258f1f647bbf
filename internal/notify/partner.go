package notify

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"tributary/models"
)

// merchants are the fields of each type's data that partners are not told.
var merchants = merchantFields()

func merchantFields() map[string][]string {
	fields := map[string][]string{}
	for _, k := range Kinds {
		for f := range reflect.TypeOf(k.Data).Fields() {
			if f.Tag.Get("for") == "merchant" {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				fields[string(k.Type)] = append(fields[string(k.Type)], name)
			}
		}
	}
	return fields
}

// forPartner gives an event as its partner may see it.
func forPartner(v models.Event) (models.Event, error) {
	left := merchants[v.Type]
	if len(left) == 0 {
		return v, nil
	}
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(v.Data), &data); err != nil {
		return v, fmt.Errorf("decode event %s: %w", v.ID, err)
	}
	for _, name := range left {
		delete(data, name)
	}
	text, err := json.Marshal(data)
	v.Data = string(text)
	return v, err
}
