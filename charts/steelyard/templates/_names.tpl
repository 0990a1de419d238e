{{/* Names and labels, as MetalLB's chart makes them: what selects its Pods selects these. */}}

{{- define "steelyard.name" -}}
{{- default "metallb" .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* A release called after either program needs no second name. */}}
{{- define "steelyard.fullname" -}}
{{- $name := include "steelyard.name" . -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if or (contains $name .Release.Name) (contains .Chart.Name .Release.Name) }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "steelyard.selectorLabels" -}}
app.kubernetes.io/name: {{ include "steelyard.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "steelyard.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "steelyard.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Name of the ServiceAccount of a program: (dict "root" $ "program" "controller"). */}}
{{- define "steelyard.serviceAccountName" -}}
{{- $account := (index .root.Values .program).serviceAccount -}}
{{- if $account.create }}
{{- default (printf "%s-%s" (include "steelyard.fullname" .root) .program) $account.name }}
{{- else }}
{{- default "default" $account.name }}
{{- end }}
{{- end }}

{{- define "steelyard.memberlistSecret" -}}
{{- default (printf "%s-memberlist" (include "steelyard.fullname" .)) .Values.speaker.secretName }}
{{- end }}

{{- define "steelyard.speakerSelector" -}}
app.kubernetes.io/name={{ include "steelyard.name" . }},app.kubernetes.io/component=speaker
{{- end }}
