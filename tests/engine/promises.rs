//! Services that programs create out of custom resources (rulebook 7.12, 7.15).

use backstop::engine::kinds::{Object, object};
use backstop::engine::model::{MakerFacts, Makers, Promise};
use backstop::engine::programs;
use rstest::rstest;
use serde_json::{Value, json};

/// The facts of the object `name`; `kind` is its API group, version and kind.
fn maker(kind: &str, name: &str, spec: &Value) -> MakerFacts {
    let (api_version, kind) = kind.rsplit_once('/').unwrap();
    let json =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec});
    let Object::Maker(_, facts, _) = object(&json, "shop").unwrap() else { panic!("{kind} is no maker") };
    facts
}

fn makers(objects: impl IntoIterator<Item = MakerFacts>) -> Makers {
    let mut makers = Makers::default();
    objects.into_iter().for_each(|facts| makers.add(facts));
    makers
}

/// The Services that a program creates for one object, as the source of the program names them.
#[rstest]
#[case("ray.io/v1/RayCluster", "train", json!({}), "train-head-svc")]
#[case("ray.io/v1/RayCluster", "train", json!({"headGroupSpec": {"headService": {"metadata": {"name": "head"}}}}), "head")]
#[case("ray.io/v1/RayService", "llm", json!({}), "llm-head-svc llm-serve-svc")]
#[case("ray.io/v1alpha1/RayService", "llm", json!({"serveService": {"metadata": {"name": "serve"}}}), "llm-head-svc serve")]
#[case("k8s.keycloak.org/v2alpha1/Keycloak", "sso", json!({}), "sso-service")]
#[case("milvus.io/v1beta1/Milvus", "vec", json!({}), "vec-milvus")]
#[case("kafka.strimzi.io/v1/KafkaBridge", "http", json!({}), "http-bridge-service")]
#[case("kafka.strimzi.io/v1/KafkaConnect", "link", json!({}), "link-connect-api")]
#[case("kafka.strimzi.io/v1/Kafka", "log", json!({}), "log-kafka-bootstrap")]
#[case("flagger.app/v1beta1/Canary", "x", json!({"targetRef": {"kind": "Deployment", "name": "web"}}), "web web-canary web-primary")]
#[case("flagger.app/v1beta1/Canary", "x", json!({"targetRef": {"kind": "DaemonSet", "name": "a"}, "service": {"name": "web"}}), "web web-canary web-primary")]
#[case("flagger.app/v1beta1/Canary", "x", json!({"targetRef": {"kind": "Service", "name": "web"}}), "")]
#[case("elasticsearch.k8s.elastic.co/v1/Elasticsearch", "logs", json!({}), "logs-es-http logs-es-internal-http")]
#[case("kibana.k8s.elastic.co/v1/Kibana", "logs", json!({}), "logs-kb-http")]
#[case("apm.k8s.elastic.co/v1/ApmServer", "logs", json!({}), "logs-apm-http")]
#[case("agent.k8s.elastic.co/v1alpha1/Agent", "logs", json!({}), "logs-agent-http")]
#[case("maps.k8s.elastic.co/v1alpha1/ElasticMapsServer", "logs", json!({}), "logs-ems-http")]
#[case("enterprisesearch.k8s.elastic.co/v1/EnterpriseSearch", "logs", json!({}), "logs-ent-http")]
#[case("packageregistry.k8s.elastic.co/v1alpha1/PackageRegistry", "logs", json!({}), "logs-epr-http")]
#[case("serving.knative.dev/v1/Service", "hello", json!({}), "hello")]
#[case("serving.knative.dev/v1/Route", "hello", json!({}), "hello")]
#[case("triggers.tekton.dev/v1beta1/EventListener", "push", json!({}), "el-push")]
#[case("argoproj.io/v1alpha1/EventSource", "git", json!({"service": {"ports": [{"port": 80}]}}), "git-eventsource-svc")]
#[case("argoproj.io/v1alpha1/EventSource", "git", json!({}), "")]
#[case("monitoring.coreos.com/v1/Prometheus", "main", json!({}), "prometheus-operated")]
#[case("monitoring.coreos.com/v1/Prometheus", "main", json!({"serviceName": "own"}), "")]
#[case("monitoring.coreos.com/v1/Alertmanager", "main", json!({}), "alertmanager-operated")]
#[case("monitoring.coreos.com/v1/ThanosRuler", "main", json!({}), "thanos-ruler-operated")]
#[case("operator.victoriametrics.com/v1beta1/VMSingle", "main", json!({}), "vmsingle-main")]
#[case("operator.victoriametrics.com/v1beta1/VMAgent", "main", json!({}), "vmagent-main")]
#[case("operator.victoriametrics.com/v1beta1/VMAlert", "main", json!({}), "vmalert-main")]
#[case("operator.victoriametrics.com/v1beta1/VMAlertmanager", "main", json!({}), "vmalertmanager-main")]
#[case("operator.victoriametrics.com/v1beta1/VMAuth", "main", json!({}), "vmauth-main")]
#[case("operator.victoriametrics.com/v1beta1/VMCluster", "main", json!({}), "vminsert-main vmselect-main vmstorage-main")]
#[case("operator.victoriametrics.com/v1beta1/VLogs", "main", json!({}), "vlogs-main")]
#[case("grafana.integreatly.org/v1beta1/Grafana", "main", json!({}), "main-service")]
#[case("minio.min.io/v2/Tenant", "store", json!({}), "minio store-console store-hl")]
#[case("rabbitmq.com/v1beta1/RabbitmqCluster", "queue", json!({}), "queue queue-nodes")]
#[case("jenkins.io/v1alpha2/Jenkins", "ci", json!({}), "jenkins-operator-http-ci jenkins-operator-slave-ci")]
#[case("flink.apache.org/v1beta1/FlinkDeployment", "etl", json!({}), "etl-rest")]
#[case("sparkoperator.k8s.io/v1beta2/SparkApplication", "sum", json!({}), "sum-ui-svc")]
#[case("serving.kserve.io/v1beta1/InferenceService", "iris", json!({}), "iris-explainer iris-predictor iris-transformer")]
#[case("serving.kserve.io/v1beta1/InferenceService", "iris", json!({"predictor": {"name": "a"}}), "iris-a-predictor iris-explainer iris-predictor iris-transformer")]
#[case("kaito.sh/v1beta1/Workspace", "phi", json!({}), "phi phi-headless")]
#[case("skupper.io/v2alpha1/Listener", "x", json!({"host": "web"}), "web")]
#[case("skupper.io/v2alpha1/MultiKeyListener", "x", json!({"host": "web"}), "web")]
#[case("gateway.networking.k8s.io/v1/Gateway", "edge", json!({"gatewayClassName": "istio"}), "edge-istio")]
#[case("multicluster.linkerd.io/v1alpha3/Link", "x", json!({"targetClusterName": "east"}), "*-east *-federated")]
#[case("multicluster.linkerd.io/v1alpha3/Link", "x", json!({"targetClusterName": 7}), "*-federated")]
#[case("opensearch.opster.io/v1/OpenSearchCluster", "x", json!({"general": {"serviceName": "find"}}), "find find-dashboards")]
#[case("opensearch.org/v1/OpenSearchCluster", "x", json!({"general": {"serviceName": null}}), "")]
#[case("temporal.io/v1beta1/TemporalCluster", "flow", json!({}), "flow-frontend flow-ui")]
#[case("ceph.rook.io/v1/CephCluster", "main", json!({}), "rook-ceph-mgr-dashboard")]
#[case("ceph.rook.io/v1/CephObjectStore", "main", json!({}), "rook-ceph-rgw-main")]
#[case("opentelemetry.io/v1beta1/OpenTelemetryCollector", "otel", json!({}), "otel-collector otel-collector-extension otel-collector-headless otel-collector-monitoring otel-targetallocator")]
#[case("jaegertracing.io/v1/Jaeger", "tr", json!({}), "tr-agent tr-collector tr-collector-headless tr-query")]
#[case("argoproj.io/v1beta1/ArgoCD", "cd", json!({}), "cd-applicationset-controller cd-dex-server cd-grafana cd-repo-server cd-server")]
#[case("awx.ansible.com/v1beta1/AWX", "jobs", json!({}), "jobs-service")]
#[case("apps.openliberty.io/v1/OpenLibertyApplication", "web", json!({}), "web web-headless")]
#[case("camel.apache.org/v1/Integration", "web", json!({}), "web")]
#[case("camel.apache.org/v1/Pipe", "web", json!({}), "web")]
#[case("kubeflow.org/v1/Notebook", "lab", json!({}), "lab")]
#[case("machinelearning.seldon.io/v1/SeldonDeployment", "iris", json!({}), "iris iris-*")]
#[case("apps.emqx.io/v2beta1/EMQX", "mq", json!({}), "mq-dashboard mq-headless mq-listeners")]
#[case("vault.banzaicloud.com/v1alpha1/Vault", "vault", json!({}), "vault vault-* vault-configurer")]
#[case("helm.toolkit.fluxcd.io/v2/HelmRelease", "web", json!({}), "*")]
#[case("argoproj.io/v1alpha1/Application", "web", json!({}), "*")]
#[case("helm.cattle.io/v1/HelmChart", "web", json!({}), "*")]
fn services_of_an_object(#[case] kind: &str, #[case] name: &str, #[case] spec: Value, #[case] expected: &str) {
    let facts = maker(kind, name, &spec);
    assert_eq!(facts.service_names().join(" "), expected);
    let all = makers([facts.clone()]);
    for service in expected.split_whitespace() {
        let promise = if service.ends_with('*') { Promise::Perhaps } else { Promise::Object };
        let service = service.replace('*', "any");
        assert_eq!(all.promise(&service), Some(promise(facts.kind, name)), "{service}");
        assert!(facts.kind.maker.can_create(&service), "{service}");
    }
    let is_any = expected == "*";
    assert_eq!(all.promise("other").is_some(), is_any);
}

/// An object of a kind that is not known may create a Service of its own name, or of a name that begins with it.
#[rstest]
#[case("web", Some(Promise::Other("XApp", "web")))]
#[case("web-front", Some(Promise::Other("XApp", "web")))]
#[case("web-api", Some(Promise::Other("XApi", "web-api")))]
#[case("web-api-v1", Some(Promise::Other("XApi", "web-api")))]
#[case("weber", None)]
#[case("my-web", None)]
fn objects_of_kinds_that_are_not_known(#[case] service: &str, #[case] expected: Option<Promise<'_>>) {
    let mut makers = Makers::default();
    makers.add_other("XApp", "web");
    makers.add_other("XApi", "web-api");
    assert_eq!(makers.promise(service), expected);
}

/// The most precise promise counts.
#[test]
fn a_chart_promises_what_nothing_else_promises() {
    let spec = json!({});
    let mut makers = makers([
        maker("helm.toolkit.fluxcd.io/v2/HelmRelease", "a", &spec),
        maker("machinelearning.seldon.io/v1/SeldonDeployment", "iris", &spec),
        maker("kibana.k8s.elastic.co/v1/Kibana", "logs", &spec),
    ]);
    makers.add_other("XApp", "web");
    makers.set_served(vec![programs::maker("kibana.k8s.elastic.co", "Kibana").unwrap()]);
    let kind = |service: &str| match makers.promise(service).unwrap() {
        Promise::Object(kind, _) => ("object", kind.maker.kind),
        Promise::Form(kind, _) => ("form", kind.maker.kind),
        Promise::Perhaps(kind, _) => ("perhaps", kind.maker.kind),
        Promise::Other(..) => ("other", ""),
        other => panic!("{other:?}"),
    };
    for (service, expected) in [
        ("logs-kb-http", ("object", "Kibana")),
        ("other-kb-http", ("form", "Kibana")),
        ("iris-default", ("perhaps", "SeldonDeployment")),
        ("web-api", ("other", "")),
        ("anything", ("perhaps", "HelmRelease")),
    ] {
        assert_eq!(kind(service), expected, "{service}");
    }
}

/// An object that states the namespace of its Services creates none in its own.
#[test]
fn the_namespace_of_the_services_may_be_stated() {
    let namespace = |kind: &str, spec: Value| maker(kind, "web", &spec).namespace().map(str::to_owned);
    let release = "helm.toolkit.fluxcd.io/v2/HelmRelease";
    assert_eq!(namespace(release, json!({"targetNamespace": "blog"})).as_deref(), Some("blog"));
    assert_eq!(namespace(release, json!({"targetNamespace": ""})), None);
    let application = "argoproj.io/v1alpha1/Application";
    assert_eq!(namespace(application, json!({"destination": {"namespace": "blog"}})).as_deref(), Some("blog"));
}

/// What may follow in the same step as an Ingress: the first kind that is served and can create the Service.
#[rstest]
#[case("anything", &[("helm.toolkit.fluxcd.io", "HelmRelease")], Some("HelmRelease"))]
#[case("queue", &[("rabbitmq.com", "RabbitmqCluster")], Some("RabbitmqCluster"))]
#[case("queue", &[("temporal.io", "TemporalCluster"), ("ceph.rook.io", "CephCluster")], None)]
#[case("flow-ui", &[("temporal.io", "TemporalCluster")], Some("TemporalCluster"))]
#[case("iris-main-predictor", &[("serving.kserve.io", "InferenceService")], Some("InferenceService"))]
#[case("any-federated", &[("multicluster.linkerd.io", "Link")], Some("Link"))]
#[case("queue", &[], None)]
fn what_may_follow(#[case] service: &str, #[case] kinds: &[(&str, &str)], #[case] expected: Option<&str>) {
    let found = served(kinds).later(service).map(|promise| match promise {
        Promise::Later(kind) => kind.maker.kind,
        other => panic!("{other:?}"),
    });
    assert_eq!(found, expected);
}

/// Every kind of the table is one of the cases above.
#[test]
fn every_kind_has_a_case() {
    let cases = include_str!("promises.rs");
    for kind in programs::makers() {
        let (group, kind) = (kind.maker.group, kind.maker.kind);
        let of_kind = |line: &str| line.contains(&format!("(\"{group}/")) && line.contains(&format!("/{kind}\""));
        assert!(cases.lines().any(of_kind), "{group} {kind}");
    }
}

/// A typical form has a part that Services of other programs do not have: a name of the part and one more word.
#[test]
fn typical_forms_are_narrow() {
    for kind in programs::makers() {
        for template in kind.maker.typical {
            let last = template.rsplit('|').next().unwrap();
            let fixed = last.replace("{metadata.name}", "").replace('*', "");
            assert!(!fixed.contains('{'), "{template}: the form shows no field");
            assert!(fixed.len() >= 3 && fixed.contains('-'), "{template}");
            for common in ["-service", "-svc", "-http", "-api", "-ui", "-server", "-web", "-headless", "svc-"] {
                assert_ne!(fixed, common, "{template}");
            }
        }
    }
}

fn served(kinds: &[(&str, &str)]) -> Makers {
    let mut makers = Makers::default();
    makers.set_served(kinds.iter().map(|(group, kind)| programs::maker(group, kind).unwrap()).collect());
    makers
}

/// If a kind is served, an object may follow. The form of the name shows it.
#[rstest]
#[case("logs-kb-http", Some(("Kibana", "logs")))]
#[case("a-b-kb-http", Some(("Kibana", "a-b")))]
#[case("el-push", Some(("EventListener", "push")))]
#[case("prometheus-operated", Some(("Prometheus", "")))]
#[case("train-head-svc", Some(("RayCluster", "train")))]
#[case("web-federated", Some(("Link", "")))]
#[case("web-east", None)]
#[case("-kb-http", None)]
#[case("logs-kb-htp", None)]
#[case("el-", None)]
#[case("level-1", None)]
#[case("prometheus-operator", None)]
#[case("logs-es-http", None)]
#[case("queue", None)]
fn forms_of_names(#[case] service: &str, #[case] expected: Option<(&str, &str)>) {
    let makers = served(&[
        ("kibana.k8s.elastic.co", "Kibana"),
        ("triggers.tekton.dev", "EventListener"),
        ("monitoring.coreos.com", "Prometheus"),
        ("ray.io", "RayCluster"),
        ("multicluster.linkerd.io", "Link"),
        ("rabbitmq.com", "RabbitmqCluster"),
    ]);
    let found = makers.promise(service).map(|promise| match promise {
        Promise::Form(kind, name) => (kind.maker.kind, name),
        other => panic!("{other:?}"),
    });
    assert_eq!(found, expected);
}

/// The API server refuses a Service with a longer name.
#[test]
fn a_name_that_no_service_has_is_never_promised() {
    let makers = served(&[("kibana.k8s.elastic.co", "Kibana")]);
    let name = |length: usize| "x".repeat(length - "-kb-http".len()) + "-kb-http";
    assert!(makers.promise(&name(63)).is_some());
    assert_eq!(makers.promise(&name(64)), None);
    assert_eq!(makers.promise(""), None);
}

fn canary(name: &str, kind: &str, target: &str, apex: &str) -> MakerFacts {
    maker(
        "flagger.app/v1beta1/Canary",
        name,
        &json!({"targetRef": {"kind": kind, "name": target}, "service": {"name": apex}}),
    )
}

/// A Canary: kind and name of the workload, and the apex Service.
type Canary = (&'static str, &'static str, &'static str);

/// Each case asks whether the Service `web` will be created.
#[rstest]
#[case::the_apex(&[("Deployment", "web", "web")], &[], "Object release")]
#[case::another_name(&[("Deployment", "web-v2", "web")], &[], "Object release")]
#[case::of_a_daemon_set(&[("DaemonSet", "web", "web")], &[], "Object release")]
#[case::target_is_a_service(&[("Service", "web", "web")], &[], "none")]
#[case::another_service(&[("Deployment", "api", "api")], &[], "none")]
#[case::a_longer_name(&[("Deployment", "web-api", "web-api")], &[], "none")]
#[case::without_a_canary(&[], &[("Deployment", "web")], "Workload Deployment")]
#[case::a_daemon_set(&[], &[("DaemonSet", "web")], "Workload DaemonSet")]
#[case::not_releasable(&[], &[("StatefulSet", "web")], "none")]
#[case::another_workload(&[], &[("Deployment", "web-2")], "none")]
#[case::canary_creates_another_service(&[("Deployment", "web", "shop")], &[("Deployment", "web")], "none")]
#[case::nothing(&[], &[], "none")]
fn workloads_that_may_get_a_canary(
    #[case] canaries: &[Canary],
    #[case] workloads: &[(&str, &str)],
    #[case] expected: &str,
) {
    let mut makers = makers(canaries.iter().map(|(kind, target, apex)| canary("release", kind, target, apex)));
    let kind = programs::maker("flagger.app", "Canary").unwrap();
    for (of, name) in workloads {
        makers.add_workload(kind, (*of).to_owned(), (*name).to_owned());
    }
    let found = match makers.promise("web") {
        Some(Promise::Object(_, name)) => format!("Object {name}"),
        Some(Promise::Workload(_, kind)) => format!("Workload {kind}"),
        Some(other) => panic!("{other:?}"),
        None => "none".to_owned(),
    };
    assert_eq!(found, expected);
}

#[test]
fn an_object_replaces_the_object_of_its_name() {
    let mut makers = makers([canary("release", "Deployment", "web", "web")]);
    let kind = programs::maker("flagger.app", "Canary").unwrap();
    makers.add_workload(kind, "Deployment".to_owned(), "web".to_owned());
    makers.add(canary("release", "Deployment", "api", "api"));
    assert_eq!(makers.promise("web"), Some(Promise::Workload(kind, "Deployment")));
    assert_eq!(makers.promise("api-canary"), Some(Promise::Object(kind, "release")));
    let mut links =
        self::makers([maker("multicluster.linkerd.io/v1/Link", "x", &json!({"targetClusterName": "east"}))]);
    links.add(maker("multicluster.linkerd.io/v1/Link", "x", &json!({"targetClusterName": "west"})));
    assert_eq!(["web-east", "web-west"].map(|name| links.promise(name).is_some()), [false, true]);
}

#[test]
fn the_first_of_several_objects_is_named() {
    let of = |(name, apex)| canary(name, "Deployment", "x", apex);
    let makers = makers([("c", "web"), ("b", "web"), ("a", "web-primary")].map(of));
    let kind = programs::maker("flagger.app", "Canary").unwrap();
    assert_eq!(makers.promise("web"), Some(Promise::Object(kind, "b")));
    assert_eq!(makers.promise("web-primary"), Some(Promise::Object(kind, "a")));
}
