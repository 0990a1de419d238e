{{/* What NOTES.txt tells that takes some looking; JSON lists, as templates return nothing but text. */}}

{{/* Objects of a kind of metallb.io in the namespace, a list: (list $ "BGPPeer"). To ask for a kind that is not there yet is an error. */}}
{{- define "steelyard.objectsThere" -}}
{{- $root := index . 0 -}}
{{- $version := printf "metallb.io/%s" (ternary "v1beta2" "v1beta1" (eq (index . 1) "BGPPeer")) -}}
{{- $items := list -}}
{{- if $root.Capabilities.APIVersions.Has (printf "%s/%s" $version (index . 1)) }}
{{- range (lookup $version (index . 1) $root.Release.Namespace "").items }}
{{- $items = append $items (dict "name" .metadata.name "release" (dig "annotations" "meta.helm.sh/release-name" "" .metadata)) }}
{{- end }}
{{- end }}
{{- toJson $items }}
{{- end }}

{{/* Objects that an earlier state of the values made, as kubectl names them. */}}
{{- define "steelyard.leftObjects" -}}
{{- $left := list -}}
{{- $lists := dict "pools" "IPAddressPool" "l2Advertisements" "L2Advertisement" "bgpPeers" "BGPPeer" "bgpAdvertisements" "BGPAdvertisement" "bfdProfiles" "BFDProfile" "communities" "Community" -}}
{{- range $list, $kind := $lists }}
{{- $names := list }}
{{- range index $.Values $list }}
{{- $names = append $names .name }}
{{- end }}
{{- range include "steelyard.objectsThere" (list $ $kind) | fromJsonArray }}
{{- if and (eq .release $.Release.Name) (not (has .name $names)) }}
{{- $left = append $left (printf "%s.metallb.io/%s" (lower $kind) .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson ($left | sortAlpha) }}
{{- end }}

{{- define "steelyard.ignoredValues" -}}
{{- $values := .Values -}}
{{- $prometheus := .Values.prometheus -}}
{{- $frr := "BGP and BFD are spoken by the agents themselves, without FRR" -}}
{{- $webhook := "there is no webhook: the API server checks objects by their schema, and conditions tell the rest" -}}
{{- $ignored := list -}}
{{- $frrk8s := default (dict) $values.frrk8s -}}
{{- if or $frrk8s.enabled $frrk8s.external $frrk8s.namespace }}
{{- $ignored = append $ignored (printf "frrk8s: %s" $frr) }}
{{- end }}
{{- if index $values "frr-k8s" }}
{{- $ignored = append $ignored (printf "frr-k8s: %s; its metrics are named metallb_bgp_ and metallb_bfd_ already" $frr) }}
{{- end }}
{{- if (default (dict) $values.speaker.frr).enabled }}
{{- $ignored = append $ignored (printf "speaker.frr: %s" $frr) }}
{{- end }}
{{- range $key := list "reloader" "frrMetrics" "initContainers" }}
{{- with index $values.speaker $key }}
{{- $ignored = append $ignored (printf "speaker.%s: %s" $key $frr) }}
{{- end }}
{{- end }}
{{- if not (kindIs "invalid" $values.speaker.bgpDebounceTimeout) }}
{{- $ignored = append $ignored "speaker.bgpDebounceTimeout: a changed route is sent at once; speaker.bgpRouteDelay holds new ones back" }}
{{- end }}
{{- if ne $values.crds.validationFailurePolicy "Fail" }}
{{- $ignored = append $ignored (printf "crds.validationFailurePolicy: %s" $webhook) }}
{{- end }}
{{- if eq $values.controller.webhookMode "disabled" }}
{{- $ignored = append $ignored (printf "controller.webhookMode: %s" $webhook) }}
{{- end }}
{{- range $name := list "controller" "speaker" }}
{{- if has (index $values $name).command (list "/controller" "/speaker") }}
{{- $ignored = append $ignored (printf "%s.command: %s is not in our image, which knows its own program" $name (index $values $name).command) }}
{{- end }}
{{- if include "steelyard.isMetallbImage" (index $values $name).image }}
{{- $ignored = append $ignored (printf "%s.image: %s is MetalLB's program; that of this chart runs in its place" $name (index $values $name).image.repository) }}
{{- end }}
{{- end }}
{{- range $key := list "rbacProxy" "secureMetricsPort" }}
{{- with index $prometheus $key }}
{{- $ignored = append $ignored (printf "prometheus.%s: both programs serve HTTPS themselves, on prometheus.metricsPort" $key) }}
{{- end }}
{{- end }}
{{- range $key := list "controllerMetricsTLSSecret" "speakerMetricsTLSSecret" }}
{{- with index $prometheus $key }}
{{- $ignored = append $ignored (printf "prometheus.%s: it is tls.%s now" $key $key) }}
{{- end }}
{{- end }}
{{- with $values.fullNameOverride }}
{{- $ignored = append $ignored "fullNameOverride: MetalLB's schema spells it so, and its templates do not read it; it is fullnameOverride" }}
{{- end }}
{{- with $values.configInLine }}
{{- $ignored = append $ignored "configInLine: MetalLB's schema knows it, and its templates do not read it; write pools and l2Advertisements" }}
{{- end }}
{{- if $values.psp }}
{{- $ignored = append $ignored "psp: Kubernetes has no PodSecurityPolicies any more; see namespace.create" }}
{{- end }}
{{- toJson $ignored }}
{{- end }}
