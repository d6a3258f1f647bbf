package tributary_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// service is what is checked of one service in docker-compose.yml.
type service struct {
	Command     []string       `yaml:"command"`
	Environment map[string]any `yaml:"environment"`
	Restart     string         `yaml:"restart"`
	StopGrace   string         `yaml:"stop_grace_period"`
	Healthcheck struct {
		Test    []string `yaml:"test"`
		Disable bool     `yaml:"disable"`
	} `yaml:"healthcheck"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
}

// workerGrace is how long the worker is given to finish its jobs before it is killed; the grace period is longer.
const workerGrace = 60 * time.Second

var (
	configTag      = regexp.MustCompile(`env:"(TRIBUTARY_[A-Z_]+)"`)
	settingInText  = regexp.MustCompile(`\bTRIBUTARY_[A-Z_]+`)
	secretSetting  = regexp.MustCompile(`^(TRIBUTARY_.*(SECRET|KEY|SMTP_URL)|MYSQL(_ROOT)?_PASSWORD)$`)
	requiredOutlet = regexp.MustCompile(`^\$\{[A-Z_]+:\?[^}]+\}$`)
)

func TestCompose(t *testing.T) {
	compose, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile("internal/app/config.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range checkCompose(compose, config) {
		t.Error("docker-compose.yml: " + problem)
	}
}

// checkCompose returns what is wrong with a compose file, given the source that declares the settings.
func checkCompose(compose, config []byte) []string {
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	if err := yaml.Unmarshal(compose, &file); err != nil {
		return []string{err.Error()}
	}
	var problems []string
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	for _, name := range []string{"mysql", "redis", "migrate", "api", "worker"} {
		if _, ok := file.Services[name]; !ok {
			report("no service %s", name)
		}
	}
	known := map[string]bool{}
	for _, match := range configTag.FindAllSubmatch(config, -1) {
		known[string(match[1])] = true
	}
	for _, setting := range slices.Compact(slices.Sorted(slices.Values(settingInText.FindAllString(string(compose), -1)))) {
		if !known[setting] {
			report("%s is not a setting of the program", setting)
		}
	}
	for name, s := range file.Services {
		checkService(name, s, file.Services, report)
	}
	redis := strings.Join(file.Services["redis"].Command, " ")
	for _, option := range []string{"--appendonly yes", "--maxmemory-policy noeviction"} {
		if !strings.Contains(redis, option) {
			report("redis runs without %s", option)
		}
	}
	mysql := strings.Join(file.Services["mysql"].Command, " ")
	for _, option := range []string{"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1", "--character-set-server=utf8mb4"} {
		if !strings.Contains(mysql, option) {
			report("mysql runs without %s", option)
		}
	}
	if grace, err := time.ParseDuration(file.Services["worker"].StopGrace); err != nil || grace <= workerGrace {
		report("worker: stop_grace_period is not above %s", workerGrace)
	}
	slices.Sort(problems)
	return problems
}

func checkService(name string, s service, all map[string]service, report func(format string, args ...any)) {
	if s.Restart != "no" && (len(s.Healthcheck.Test) == 0 || s.Healthcheck.Disable) {
		report("%s has no healthcheck", name)
	}
	for target, dependency := range s.DependsOn {
		other, ok := all[target]
		switch {
		case !ok:
			report("%s waits for %s, which is no service", name, target)
		case dependency.Condition == "service_healthy" && (len(other.Healthcheck.Test) == 0 || other.Healthcheck.Disable):
			report("%s waits for the health of %s, which has no healthcheck", name, target)
		case dependency.Condition == "service_completed_successfully" && other.Restart != "no":
			report("%s waits for the end of %s, which restarts", name, target)
		}
	}
	for variable, value := range s.Environment {
		if secretSetting.MatchString(variable) && !requiredOutlet.MatchString(fmt.Sprint(value)) {
			report("%s: %s is a secret: ${%s:?message} and nothing else", name, variable, variable)
		}
	}
}

func TestComposeFindsEachProblem(t *testing.T) {
	compose, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config []byte
	for _, setting := range settingInText.FindAllString(string(compose), -1) {
		config = fmt.Appendf(config, "env:%q\n", setting)
	}
	if problems := checkCompose(compose, config); len(problems) > 0 {
		t.Fatalf("the file as it stands: %v", problems)
	}
	cases := []struct{ old, new, problem string }{
		{`"${TRIBUTARY_SMTP_URL:?set TRIBUTARY_SMTP_URL}"`, `"smtp://acme:changeme@mail.example"`, "TRIBUTARY_SMTP_URL is a secret"},
		{"TRIBUTARY_ADDR:", "TRIBUTARY_ADDRESS:", "TRIBUTARY_ADDRESS is not a setting of the program"},
		{`"${TRIBUTARY_SECRET:?set TRIBUTARY_SECRET}"`, `"changeme"`, "TRIBUTARY_SECRET is a secret"},
		{`"--appendonly", "yes", `, "", "redis runs without --appendonly yes"},
		{`"noeviction"`, `"allkeys-lru"`, "redis runs without --maxmemory-policy noeviction"},
		{"--sync-binlog=1", "--sync-binlog=0", "mysql runs without --sync-binlog=1"},
		{"    healthcheck:\n      test: [\"CMD\", \"redis-cli\", \"ping\"]\n", "    logging:\n", "redis has no healthcheck"},
		{"  healthcheck:\n    # The image", "  labels:\n    # The image", "worker has no healthcheck"},
		{"stop_grace_period: 90s", "stop_grace_period: 60s", "worker: stop_grace_period"},
		{`restart: "no"`, "restart: always", "waits for the end of migrate"},
	}
	for _, c := range cases {
		t.Run(c.problem, func(t *testing.T) {
			broken := strings.Replace(string(compose), c.old, c.new, 1)
			if broken == string(compose) {
				t.Fatalf("%q is not in the file", c.old)
			}
			problems := checkCompose([]byte(broken), config)
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.problem) }) {
				t.Fatalf("found %v", problems)
			}
		})
	}
}
