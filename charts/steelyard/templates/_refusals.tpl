{{/* What cannot be meant ends here with a sentence that says what to write instead; the schema has refused typos before. */}}

{{- define "steelyard.refusals" -}}
{{- $prometheus := .Values.prometheus -}}
{{- $monitored := or $prometheus.podMonitor.enabled $prometheus.serviceMonitor.enabled -}}
{{- /* Not `kubeVersion` of Chart.yaml: that refuses every API server built from source, whose version Helm cannot read. */ -}}
{{- $kubernetes := .Capabilities.KubeVersion -}}
{{- if and (eq $kubernetes.Major "1") (lt (int (regexFind "^[0-9]+" $kubernetes.Minor)) 25) }}
{{- fail (printf "Kubernetes %s is too old: the definitions of metallb.io have rules that the API server checks since 1.25; for helm template give --kube-version" $kubernetes.Version) }}
{{- end }}
{{- if or .Values.configInline .Values.existingConfigMap }}
{{- fail "configInline and existingConfigMap are of MetalLB before 0.13: write pools, l2Advertisements, bgpPeers and bgpAdvertisements" }}
{{- end }}
{{- if and $prometheus.podMonitor.enabled $prometheus.serviceMonitor.enabled }}
{{- fail "prometheus.podMonitor.enabled and prometheus.serviceMonitor.enabled: with both everything would be scraped twice; choose one" }}
{{- end }}
{{- if and $monitored $prometheus.rbacPrometheus (not (and $prometheus.serviceAccount $prometheus.namespace)) }}
{{- fail "a monitor needs prometheus.serviceAccount and prometheus.namespace, so that Prometheus gets the right to scrape; or prometheus.rbacPrometheus=false" }}
{{- end }}
{{- if and (or $monitored $prometheus.scrapeAnnotations) (not (and $prometheus.secureMetrics $prometheus.metricsPort)) }}
{{- fail "a monitor, or prometheus.scrapeAnnotations, needs prometheus.secureMetrics=true and a prometheus.metricsPort: without TLS metrics are served on 127.0.0.1 only" }}
{{- end }}
{{- if and .Values.speaker.enabled .Values.speaker.nodeSelector (not .Values.speaker.memberlist.enabled) }}
{{- fail "speaker.nodeSelector needs speaker.memberlist.enabled=true: without gossip every node counts as one with an agent, and gets addresses" }}
{{- end }}
{{- range $name := list "controller" "speaker" }}
{{- $program := index $.Values $name }}
{{- if ne (int $program.livenessProbe.port) (int $program.readinessProbe.port) }}
{{- fail (printf "%s.livenessProbe.port and %s.readinessProbe.port differ: one port answers both" $name $name) }}
{{- end }}
{{- end }}
{{- range $list := list "pools" "l2Advertisements" "bgpPeers" "bgpAdvertisements" "bfdProfiles" "communities" }}
{{- $seen := dict }}
{{- range index $.Values $list }}
{{- if hasKey $seen .name }}
{{- fail (printf "%s: two of them are named %q" $list .name) }}
{{- end }}
{{- $_ := set $seen .name true }}
{{- end }}
{{- end }}
{{- if and .Values.namespace.create (eq .Release.Namespace "default") }}
{{- fail "namespace.create: the namespace default is there already; install with --namespace metallb-system" }}
{{- end }}
{{- end }}
