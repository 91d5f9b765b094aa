//! Kinds of custom resources for which no program creates Pods or Services. Most applications have some of these objects,
//! named like the application.
//!
//! An object of any other API group with a dot may belong to an operator that creates Pods and Services for it.

/// An API group, and its kinds whose objects have no Pods and no Services.
struct Inert {
    /// The API group. A group that begins with a dot stands for all groups that end with it.
    group: &'static str,
    /// The kinds; empty for all kinds of the group.
    kinds: &'static [&'static str],
    /// The kinds among them that route requests, as Ingresses do. Backstop does not judge them.
    routes: &'static [&'static str],
}

/// All kinds of a group.
const fn all(group: &'static str) -> Inert {
    Inert { group, kinds: &[], routes: &[] }
}

/// All kinds of a group. Some of the kinds are routes.
const fn with_routes(group: &'static str, routes: &'static [&'static str]) -> Inert {
    Inert { group, kinds: &[], routes }
}

/// Some kinds of a group. The other ones have Pods or Services.
const fn some(group: &'static str, kinds: &'static [&'static str]) -> Inert {
    Inert { group, kinds, routes: &[] }
}

const INERT: &[Inert] = &[
    // Kubernetes, and clouds.
    with_routes("gateway.networking.k8s.io", &["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"]),
    all(".k8s.io"),
    some("multicluster.x-k8s.io", &["ServiceExport"]),
    some("net.gke.io", &["ServiceExport"]),
    with_routes("route.openshift.io", &["Route"]),
    all(".openshift.io"),
    all(".services.k8s.aws"),
    all(".cnrm.cloud.google.com"),
    all("elbv2.k8s.aws"),
    all("vpcresources.k8s.aws"),
    all("karpenter.k8s.aws"),
    all("karpenter.sh"),
    all("networking.gke.io"),
    all("networking.aks.io"),
    all("cloud.google.com"),
    all("monitoring.googleapis.com"),
    all("externaldns.k8s.io"),
    // Routes, gateways, meshes and networks.
    with_routes("networking.istio.io", &["VirtualService"]),
    all(".istio.io"),
    with_routes("traefik.io", &["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"]),
    all("traefik.containo.us"),
    with_routes("projectcontour.io", &["HTTPProxy"]),
    with_routes("k8s.nginx.org", &["VirtualServer"]),
    with_routes("configuration.konghq.com", &["TCPIngress", "UDPIngress"]),
    all(".konghq.com"),
    with_routes("apisix.apache.org", &["ApisixRoute"]),
    all("getambassador.io"),
    all("gateway.envoyproxy.io"),
    all("consul.hashicorp.com"),
    all("linkerd.io"),
    all("policy.linkerd.io"),
    all("dapr.io"),
    all("cilium.io"),
    all("crd.projectcalico.org"),
    all("projectcalico.org"),
    all("k8s.cni.cncf.io"),
    all("metallb.io"),
    // Secrets and certificates.
    all("cert-manager.io"),
    all("acme.cert-manager.io"),
    all("external-secrets.io"),
    all("kubernetes-client.io"),
    all("secrets-store.csi.x-k8s.io"),
    all("bitnami.com"),
    all("isindir.github.com"),
    all("onepassword.com"),
    all("ricoberger.de"),
    all("secrets.hashicorp.com"),
    all("spv.no"),
    // Policies, scaling, backups and deployment.
    all("kyverno.io"),
    all(".gatekeeper.sh"),
    all("wgpolicyk8s.io"),
    all("aquasecurity.github.io"),
    all("keda.sh"),
    all("http.keda.sh"),
    all("velero.io"),
    all("chaos-mesh.org"),
    all("litmuschaos.io"),
    all(".toolkit.fluxcd.io"),
    all("flagger.app"),
    all("apps.kruise.io"),
    all("policy.kruise.io"),
    all("rollouts.kruise.io"),
    // The template of a Rollout is in the Rollout, or in the Deployment to which the Rollout refers.
    some(
        "argoproj.io",
        &[
            "AnalysisRun",
            "AnalysisTemplate",
            "AppProject",
            "Application",
            "ApplicationSet",
            "ClusterAnalysisTemplate",
            "ClusterWorkflowTemplate",
            "Rollout",
            "WorkflowTemplate",
        ],
    ),
    some("tekton.dev", &["Pipeline", "Task"]),
    some("triggers.tekton.dev", &["ClusterTriggerBinding", "Trigger", "TriggerBinding", "TriggerTemplate"]),
    // Monitoring.
    some(
        "monitoring.coreos.com",
        &["AlertmanagerConfig", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor"],
    ),
    some(
        "operator.victoriametrics.com",
        &[
            "VMAlertmanagerConfig",
            "VMNodeScrape",
            "VMPodScrape",
            "VMProbe",
            "VMRule",
            "VMScrapeConfig",
            "VMServiceScrape",
            "VMStaticScrape",
            "VMUser",
        ],
    ),
    some(
        "grafana.integreatly.org",
        &[
            "GrafanaAlertRuleGroup",
            "GrafanaContactPoint",
            "GrafanaDashboard",
            "GrafanaDatasource",
            "GrafanaFolder",
            "GrafanaNotificationPolicy",
        ],
    ),
    some("datadoghq.com", &["DatadogDashboard", "DatadogMetric", "DatadogMonitor", "DatadogSLO"]),
    some("opentelemetry.io", &["Instrumentation"]),
    // Queues, databases and accounts.
    some("kafka.strimzi.io", &["KafkaConnector", "KafkaRebalance", "KafkaTopic", "KafkaUser"]),
    some("rabbitmq.com", &["Binding", "Exchange", "Permission", "Policy", "Queue", "User", "Vhost"]),
    some(
        "postgresql.cnpg.io",
        &[
            "Backup",
            "ClusterImageCatalog",
            "Database",
            "ImageCatalog",
            "Publication",
            "ScheduledBackup",
            "Subscription",
        ],
    ),
    some("k8s.mariadb.com", &["Backup", "Connection", "Database", "Grant", "Restore", "SqlJob", "User"]),
    some("k8s.keycloak.org", &["KeycloakRealmImport"]),
    some("camel.apache.org", &["Build", "CamelCatalog", "IntegrationKit", "IntegrationPlatform", "Kamelet"]),
];

/// Whether an operator may create Pods and Services out of an object of this kind: it is a custom resource of a group or a
/// kind that is not in the table.
pub(super) fn is_expanded(group: &str, kind: &str) -> bool {
    let is_of = |own: &str| own == group || (own.starts_with('.') && group.ends_with(own));
    let is_inert = |inert: &Inert| is_of(inert.group) && (inert.kinds.is_empty() || inert.kinds.contains(&kind));
    group.contains('.') && !INERT.iter().any(is_inert)
}

/// The kind of a route that is no Ingress; `None` for any other kind.
pub fn route_kind(group: &str, kind: &str) -> Option<&'static str> {
    let of_group = INERT.iter().filter(|inert| inert.group == group);
    of_group.flat_map(|inert| inert.routes).find(|route| **route == kind).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("monitoring.coreos.com", "Prometheus", true)]
    #[case("monitoring.coreos.com", "ServiceMonitor", false)]
    #[case("example.com", "ServiceMonitor", true)]
    #[case("route.openshift.io", "Route", false)]
    #[case("gateway.networking.k8s.io", "HTTPRoute", false)]
    #[case("multicluster.x-k8s.io", "ServiceImport", true)]
    #[case("multicluster.x-k8s.io", "ServiceExport", false)]
    #[case("acid.zalan.do", "postgresql", true)]
    #[case("argoproj.io", "Rollout", false)]
    #[case("apps", "Anything", false)]
    fn operators_that_create_objects(#[case] group: &str, #[case] kind: &str, #[case] expected: bool) {
        assert_eq!(is_expanded(group, kind), expected);
    }

    #[test]
    fn routes_of_other_kinds() {
        assert_eq!(route_kind("gateway.networking.k8s.io", "HTTPRoute"), Some("HTTPRoute"));
        assert_eq!(route_kind("gateway.networking.k8s.io", "Gateway"), None);
        assert_eq!(route_kind("example.com", "HTTPRoute"), None);
    }
}
