// Judges Kubernetes manifests on standard input as the types of one Kubernetes version have them: README.md.
package main

import (
	"encoding/json"
	"log"
	"os"
	"runtime/debug"
	"strings"
)

// report is what standard output gets, as one JSON object.
type report struct {
	// Kubernetes is the version of k8s.io/api this was built with, such as v0.36.6.
	Kubernetes string `json:"kubernetes"`
	// Valid counts objects that decode strictly.
	Valid int `json:"valid"`
	// Invalid has a sentence for each object that does not.
	Invalid []string `json:"invalid"`
	// NotJudged counts objects of groups that are not Kubernetes' own, by group.
	NotJudged map[string]int `json:"notJudged"`
}

func main() {
	log.SetFlags(0)
	result := report{Kubernetes: versionOf("k8s.io/api"), Invalid: []string{}, NotJudged: map[string]int{}}
	if err := newJudge().readAll(os.Stdin, &result); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

// isForeign tells groups of others (monitoring.coreos.com) from Kubernetes' own: "", apps, networking.k8s.io.
func isForeign(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
}
