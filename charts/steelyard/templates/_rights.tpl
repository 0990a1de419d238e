{{/*
What the programs may do, and nothing they never do: each rule names the code that needs it. Of the cluster they see what Services
are made of; of everything else only their own namespace.
*/}}

{{/* Whoever asks for metrics is asked for a token: the API server says whose it is, and whether it may. */}}
{{- define "steelyard.metricsRules" -}}
{{- if and .Values.prometheus.secureMetrics .Values.prometheus.metricsPort }}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}
{{- end }}

{{- define "steelyard.controllerClusterRules" -}}
# get: who else writes the status of a Service
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [services/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [namespaces, nodes]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# Why a Service has no endpoint: looked at when one has none.
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- include "steelyard.metricsRules" . }}
{{- end }}

{{- define "steelyard.controllerRules" -}}
- apiGroups: [metallb.io]
  resources: [ipaddresspools, l2advertisements, bgpadvertisements, bgppeers, bfdprofiles, communities]
  verbs: [list, watch]
- apiGroups: [metallb.io]
  resources:
    - ipaddresspools/status
    - l2advertisements/status
    - bgpadvertisements/status
    - bgppeers/status
    - bfdprofiles/status
    - communities/status
    - configurationstates/status
  verbs: [patch]
- apiGroups: [metallb.io]
  resources: [configurationstates]
  verbs: [list, watch, create]
- apiGroups: [metallb.io]
  resources: [servicel2statuses, servicebgpstatuses]
  verbs: [list, watch]
# Which of the operators gives addresses.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [steelyard-operator]
  verbs: [get, patch]
# Its own Pod, to own what it creates; those of the agents, to say why one is not ready.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
{{- if .Values.speaker.memberlist.enabled }}
# The key of the agents' gossip, and its own Deployment, which owns it.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "steelyard.memberlistSecret" . }}]
  verbs: [get]
- apiGroups: [apps]
  resources: [deployments]
  resourceNames: [{{ include "steelyard.fullname" . }}-controller]
  verbs: [get]
{{- end }}
{{- end }}

{{- define "steelyard.speakerClusterRules" -}}
- apiGroups: [""]
  resources: [services, nodes, namespaces]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- include "steelyard.metricsRules" . }}
{{- end }}

{{- define "steelyard.speakerRules" -}}
- apiGroups: [metallb.io]
  resources: [ipaddresspools, l2advertisements, bgpadvertisements, bgppeers, bfdprofiles, communities]
  verbs: [list, watch]
- apiGroups: [metallb.io]
  resources: [servicel2statuses, servicebgpstatuses]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [metallb.io]
  resources: [configurationstates]
  verbs: [get, list, watch, create, patch]
- apiGroups: [metallb.io]
  resources: [servicel2statuses/status, servicebgpstatuses/status, configurationstates/status]
  verbs: [patch]
# Its own Pod, to own what it creates{{ if .Values.speaker.memberlist.enabled }}; those of the other agents, to gossip with{{ end }}.
- apiGroups: [""]
  resources: [pods]
  verbs: [get{{ if .Values.speaker.memberlist.enabled }}, list{{ end }}]
{{- $names := include "steelyard.passwordSecrets" . | fromJsonArray }}
{{- if or .Values.rbac.anySecret $names }}
# Passwords of BGPPeers.
- apiGroups: [""]
  resources: [secrets]
  {{- if not .Values.rbac.anySecret }}
  resourceNames: {{ toJson $names }}
  {{- end }}
  verbs: [list, watch]
{{- end }}
{{- end }}

{{- define "steelyard.passwordSecrets" -}}
{{- $names := default (list) .Values.rbac.secretNames -}}
{{- range .Values.bgpPeers }}
{{- with (default (dict) .passwordSecret).name }}
{{- $names = append $names . }}
{{- end }}
{{- end }}
{{- toJson ($names | uniq) }}
{{- end }}
