{{/* What the Pods of both programs share. Each takes (dict "root" $ "program" "controller"), or "speaker". */}}

{{/* A values file for MetalLB may name MetalLB's own images, which do not know all of our flags. */}}
{{- define "steelyard.isMetallbImage" -}}
{{- if regexMatch "(^|/)metallb/(controller|speaker)$" .repository }}true{{ end }}
{{- end }}

{{- define "steelyard.image" -}}
{{- $image := (index .root.Values .program).image -}}
{{- $repository := $image.repository -}}
{{- $tag := default .root.Chart.AppVersion $image.tag -}}
{{- if include "steelyard.isMetallbImage" $image }}
{{- $repository = get (dict "controller" "steelyard/operator" "speaker" "steelyard/speaker-agent") .program }}
{{- $tag = .root.Chart.AppVersion }}
{{- end -}}
image: {{ printf "%s:%s" $repository $tag | quote }}
{{- with $image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{- define "steelyard.podAnnotations" -}}
{{- $values := .root.Values -}}
{{- $annotations := dict -}}
{{- if $values.prometheus.scrapeAnnotations }}
{{- $_ := set $annotations "prometheus.io/scrape" "true" }}
{{- $_ := set $annotations "prometheus.io/port" (toString $values.prometheus.metricsPort) }}
{{- $_ := set $annotations "prometheus.io/scheme" "https" }}
{{- end }}
{{- /* The agent reads this file once, at its start: new patterns want new Pods. */ -}}
{{- if and (eq .program "speaker") $values.speaker.excludeInterfaces.enabled }}
{{- $_ := set $annotations "checksum/excluded-interfaces" (toJson $values.speaker.excludeInterfaces.patterns | sha256sum) }}
{{- end }}
{{- with mergeOverwrite $annotations (default (dict) (index $values .program).podAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* MetalLB's own paths are not in these images. */}}
{{- define "steelyard.command" -}}
{{- $command := (index .root.Values .program).command -}}
{{- if and $command (not (has $command (list "/controller" "/speaker"))) -}}
command:
  - {{ $command }}
{{- end }}
{{- end }}

{{/* Flags of both programs. */}}
{{- define "steelyard.sharedArguments" -}}
{{- $values := .root.Values -}}
{{- $program := index $values .program -}}
{{- $certificate := get $values.tls (printf "%sMetricsTLSSecret" .program) -}}
- --log-level={{ $program.logLevel }}
- --port={{ $values.prometheus.metricsPort }}
{{- if $values.prometheus.secureMetrics }}
- --secure-metrics
{{- with $certificate }}
- --metrics-cert-dir=/etc/metrics
{{- end }}
{{- with $values.tls.minVersion }}
- --tls-min-version={{ . }}
{{- end }}
{{- with $values.tls.cipherSuites }}
- --tls-cipher-suites={{ . }}
{{- end }}
{{- with $values.tls.curvePreferences }}
- --tls-curve-preferences={{ . }}
{{- end }}
{{- end }}
- --health-probe-port={{ $program.livenessProbe.port }}
{{- with $values.loadBalancerClass }}
- --lb-class={{ . }}
{{- end }}
{{- end }}

{{- define "steelyard.extraArguments" -}}
{{- range (index .root.Values .program).extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- define "steelyard.metricsPort" -}}
{{- with .root.Values.prometheus.metricsPort }}
- name: metricshttps
  containerPort: {{ . }}
{{- end }}
{{- end }}

{{/* The agent answers on 127.0.0.1 only, on the node's own network: hence `host` there. */}}
{{- define "steelyard.probes" -}}
{{- $program := index .root.Values .program -}}
{{- $paths := dict "startupProbe" "/healthz" "livenessProbe" "/healthz" "readinessProbe" "/readyz" -}}
{{- $isSpeaker := eq .program "speaker" -}}
{{- range $kind := list "startupProbe" "livenessProbe" "readinessProbe" }}
{{- with get $program $kind }}
{{- if .enabled }}
{{ $kind }}:
  httpGet:
    {{- if $isSpeaker }}
    host: 127.0.0.1
    {{- end }}
    path: {{ get $paths $kind }}
    port: {{ $program.livenessProbe.port }}
  {{- toYaml (omit . "enabled" "port") | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where Pods go, what they may, and who waits for them. */}}
{{- define "steelyard.placement" -}}
{{- $program := index .root.Values .program -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ include "steelyard.serviceAccountName" . }}
terminationGracePeriodSeconds: {{ $program.terminationGracePeriodSeconds }}
{{- with $program.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $program.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
nodeSelector:
  {{- toYaml (mergeOverwrite (dict "kubernetes.io/os" "linux") (default (dict) $program.nodeSelector)) | nindent 2 }}
{{- end }}

{{- define "steelyard.controllerSecurityContext" -}}
{{- $own := dict "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- toYaml (mergeOverwrite $own (default (dict) .Values.controller.securityContext)) }}
{{- end }}

{{/* Ends with the capabilities, so that some can be added. */}}
{{- define "steelyard.noPrivileges" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* User 0 is needed for what the file capabilities of the image's program do not hold: true or nothing. */}}
{{- define "steelyard.bindsAddresses" -}}
{{- $binds := or .Values.speaker.bindAddresses .Values.speaker.allowBinding -}}
{{- range .Values.pools }}
{{- if get (default (dict) .annotations) "steelyard.io/bind-interface" }}
{{- $binds = true }}
{{- end }}
{{- end }}
{{- if $binds }}true{{ end }}
{{- end }}

{{- define "steelyard.speakerNeedsRoot" -}}
{{- if or (include "steelyard.bindsAddresses" .) .Values.speaker.realtimeBFD .Values.speaker.stateDir }}true{{ end }}
{{- end }}

{{- define "steelyard.speakerSecurityContext" -}}
{{- $own := dict "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if include "steelyard.speakerNeedsRoot" . }}
{{- $_ := set $own "runAsUser" 0 }}
{{- else }}
{{- $_ := set $own "runAsNonRoot" true }}
{{- $_ := set $own "runAsUser" 65534 }}
{{- $_ := set $own "runAsGroup" 65534 }}
{{- end }}
{{- toYaml (mergeOverwrite $own (default (dict) .Values.speaker.securityContext)) }}
{{- end }}

{{- define "steelyard.speakerCapabilities" -}}
- NET_RAW
- NET_BIND_SERVICE
{{- if include "steelyard.bindsAddresses" . }}
- NET_ADMIN
{{- end }}
{{- if .Values.speaker.realtimeBFD }}
- SYS_NICE
{{- end }}
{{- end }}

{{/* A name such as status.hostIP is a field of the Pod. */}}
{{- define "steelyard.bindAddress" -}}
{{- $place := default "status.podIP" .Values.speaker.memberlist.mlBindAddrOverride -}}
{{- if regexMatch "^(status|spec|metadata)\\." $place -}}
valueFrom:
  fieldRef:
    fieldPath: {{ $place }}
{{- else -}}
value: {{ $place | quote }}
{{- end }}
{{- end }}
