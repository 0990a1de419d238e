package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// judge decodes strictly: unknown fields, fields of the wrong type and keys written twice are errors.
type judge struct {
	decoder runtime.Decoder
}

// newJudge knows the groups the chart renders; an object of another one of Kubernetes' groups is invalid until it is added.
func newJudge() judge {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apiextensionsv1.AddToScheme,
		appsv1.AddToScheme,
		batchv1.AddToScheme,
		corev1.AddToScheme,
		networkingv1.AddToScheme,
		policyv1.AddToScheme,
		rbacv1.AddToScheme,
	} {
		utilruntime.Must(add(scheme))
	}
	options := json.SerializerOptions{Yaml: true, Strict: true}
	return judge{json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, options)}
}

// readAll judges every document of a stream of YAML; an error is one of reading.
func (it judge) readAll(input io.Reader, result *report) error {
	documents := yaml.NewYAMLReader(bufio.NewReader(input))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		it.judge(document, result)
	}
}

func (it judge) judge(document []byte, result *report) {
	asJSON, err := yaml.ToJSON(document)
	if err == nil && bytes.Equal(bytes.TrimSpace(asJSON), []byte("null")) {
		return // Nothing but comments.
	}
	var identity metav1.PartialObjectMetadata
	// What cannot be read even loosely is told by the strict decoder.
	_ = yaml.Unmarshal(document, &identity)
	if group := identity.GroupVersionKind().Group; isForeign(group) {
		result.NotJudged[group]++
		return
	}
	if _, _, err := it.decoder.Decode(document, nil, nil); err != nil {
		result.Invalid = append(result.Invalid, fmt.Sprintf("%s %s: %v", identity.Kind, identity.Name, err))
		return
	}
	result.Valid++
}
