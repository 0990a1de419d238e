{{/* An endpoint of a monitor: (dict "monitor" … "tls" …). A bare number is seconds, as in MetalLB's schema. */}}
{{- define "steelyard.scrape" -}}
scheme: https
{{- with .monitor.interval }}
interval: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ . }}s{{ end }}
{{- end }}
{{- with .tls }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Series of a metric, of this release only: (list $ "metric" "matchers"). */}}
{{- define "steelyard.series" -}}
{{- $selector := (index . 0).Values.prometheus.prometheusRule.selector -}}
{{- $matchers := compact (list (index . 2) $selector) | join "," -}}
{{ index . 1 }}{{ if $matchers }}{ {{- $matchers -}} }{{ end }}
{{- end }}

{{/* One alert: (list values name expression summary description). The texts are for Prometheus' own templates. */}}
{{- define "steelyard.alert" -}}
{{- $alert := index . 0 -}}
{{- if $alert.enabled }}
- alert: {{ index . 1 }}
  expr: {{ index . 2 | toRawJson }}
  {{- with $alert.for }}
  for: {{ . }}
  {{- end }}
  labels:
    {{- with $alert.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    summary: {{ index . 3 | toRawJson }}
    description: {{ index . 4 | toRawJson }}
{{- end }}
{{- end }}
