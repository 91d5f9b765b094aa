//! Programs that create Ingresses.

use super::charts::chart;
use super::{MAKER, PROGRAM};
use crate::engine::model::{Covers, Creates, Maker, Mark, Program, Value};

/// The order decides if an Ingress has marks of several programs.
pub(super) const ALL: &[Program] = &[
    Program {
        name: "KubeRay",
        marks: &[Mark::Owner("ray.io")],
        creates: Creates::After,
        makers: &[
            Maker {
                group: "ray.io",
                kind: "RayCluster",
                typical: &["{spec.headGroupSpec.headService.metadata.name}|{metadata.name}-head-svc"],
                ..MAKER
            },
            Maker {
                group: "ray.io",
                kind: "RayService",
                typical: &["{metadata.name}-head-svc", "{spec.serveService.metadata.name}|{metadata.name}-serve-svc"],
                ..MAKER
            },
        ],
        source: "ray-project/kuberay v1.7.0-rc.0, ray-operator/controllers/ray/raycluster_controller.go (reconcileFuncs)",
        ..PROGRAM
    },
    Program {
        name: "Eclipse Che",
        marks: &[Mark::Owner("org.eclipse.che")],
        creates: Creates::After,
        source: "eclipse-che/che-operator 87bf41a2, controllers/che/checluster_controller.go, pkg/common/reconciler/reconcile_manager.go",
        ..PROGRAM
    },
    Program {
        name: "the StackSet controller",
        marks: &[Mark::Owner("zalando.org")],
        creates: Creates::After,
        source: "zalando-incubator/stackset-controller v1.4.131, controller/stackset.go (ReconcileStackResources)",
        ..PROGRAM
    },
    Program {
        name: "the Humio operator",
        marks: &[Mark::Owner("core.humio.com")],
        creates: Creates::After,
        source: "humio/humio-operator 0.33.0, internal/controller/humiocluster_controller.go (Reconcile)",
        ..PROGRAM
    },
    Program {
        name: "OpenFaaS",
        marks: &[Mark::Owner("openfaas.com")],
        creates: Creates::After,
        source: "openfaas/ingress-operator 0.8.3, pkg/controller/v1/controller.go (handler)",
        ..PROGRAM
    },
    Program {
        name: "kro",
        marks: &[Mark::Label("kro.run/owned", Value::Is("true"))],
        creates: Creates::AsListed,
        source: "kro-run/kro 36c6d0b, pkg/controller/instance/controller_reconcile.go, pkg/metadata/labels.go (OwnedLabel)",
        ..PROGRAM
    },
    Program {
        name: "Spinnaker",
        marks: &[
            Mark::Annotation("moniker.spinnaker.io/application", Value::Any),
            Mark::Label("app.kubernetes.io/managed-by", Value::StartsWith("spinnaker")),
        ],
        creates: Creates::AsListed,
        source: "spinnaker/clouddriver 2f5e98f03, KubernetesDeployManifestOperation.java (sortManifests), KubernetesManifestAnnotater.java",
        ..PROGRAM
    },
    Program {
        name: "k8gb",
        marks: &[Mark::Owner("k8gb.absa.oss"), Mark::Owner("k8gb.io")],
        creates: Creates::Never,
        source: "k8gb-io/k8gb v0.21.0-rc4, controllers/ingress.go (createIngressFromGslb)",
        ..PROGRAM
    },
    Program {
        name: "the Keycloak operator",
        marks: &[Mark::Owner("k8s.keycloak.org")],
        creates: Creates::Beside,
        makers: &[Maker {
            group: "k8s.keycloak.org",
            kind: "Keycloak",
            services: &["{metadata.name}-service"],
            ..MAKER
        }],
        source: "keycloak/keycloak 00640d62, operator: KeycloakController.java, KeycloakIngressDependentResource.java",
        ..PROGRAM
    },
    Program {
        name: "the Milvus operator",
        marks: &[Mark::Owner("milvus.io")],
        creates: Creates::Beside,
        makers: &[Maker { group: "milvus.io", kind: "Milvus", services: &["{metadata.name}-milvus"], ..MAKER }],
        source: "zilliztech/milvus-operator 1.3.8, pkg/controllers/milvus.go, pkg/controllers/group_runner.go",
        ..PROGRAM
    },
    Program {
        name: "Crossplane",
        marks: &[Mark::Label("crossplane.io/composite", Value::Any)],
        creates: Creates::Beside,
        source: "crossplane/crossplane 2d040d2da, internal/controller/apiextensions/composite/composition_functions.go",
        ..PROGRAM
    },
    Program {
        name: "KubeVela",
        marks: &[Mark::Label("app.oam.dev/name", Value::Any)],
        creates: Creates::Beside,
        source: "kubevela/kubevela v1.11.0-alpha.4, pkg/resourcekeeper/dispatch.go, pkg/oam/labels.go",
        ..PROGRAM
    },
    Program {
        name: "kapp",
        marks: &[Mark::Label("kapp.k14s.io/app", Value::Any)],
        creates: Creates::Beside,
        source: "carvel-dev/kapp v0.60.0, pkg/kapp/config/default.go, pkg/kapp/clusterapply/applying_changes.go",
        ..PROGRAM
    },
    Program {
        name: "vCluster",
        marks: &[Mark::Label("vcluster.loft.sh/managed-by", Value::Any)],
        creates: Creates::Beside,
        source: "loft-sh/vcluster v0.36.0-rc.1, pkg/controllers/resources/ingresses/syncer.go, pkg/util/translate/types.go",
        ..PROGRAM
    },
    Program {
        name: "Liqo",
        marks: &[Mark::Label("offloading.liqo.io/origin", Value::Any)],
        creates: Creates::Beside,
        source: "liqotech/liqo v1.2.0, pkg/virtualKubelet/reflection/exposition/ingress.go, pkg/virtualKubelet/forge/meta.go",
        ..PROGRAM
    },
    Program {
        name: "Karmada",
        marks: &[Mark::Label("karmada.io/managed", Value::Is("true"))],
        creates: Creates::Beside,
        source: "karmada-io/karmada v1.19.0-rc.0, pkg/controllers/execution/execution_controller.go, pkg/util/constants.go",
        ..PROGRAM
    },
    Program {
        name: "the Druid operator",
        marks: &[Mark::Owner("druid.apache.org")],
        creates: Creates::Beside,
        source: "datainfrahq/druid-operator v1.3.0, controllers/druid/handler.go (deployDruidCluster)",
        ..PROGRAM
    },
    Program {
        name: "Strimzi",
        marks: &[Mark::Owner("kafka.strimzi.io")],
        creates: Creates::Before,
        makers: &[
            Maker {
                group: "kafka.strimzi.io",
                kind: "KafkaBridge",
                typical: &["{metadata.name}-bridge-service"],
                ..MAKER
            },
            Maker {
                group: "kafka.strimzi.io",
                kind: "KafkaConnect",
                typical: &["{metadata.name}-connect-api"],
                ..MAKER
            },
            Maker { group: "kafka.strimzi.io", kind: "Kafka", typical: &["{metadata.name}-kafka-bootstrap"], ..MAKER },
        ],
        source: "strimzi/strimzi-kafka-operator 8541da1e33, KafkaListenersReconciler.java (reconcile)",
        ..PROGRAM
    },
    Program {
        name: "Velero",
        marks: &[Mark::Label("velero.io/restore-name", Value::Any)],
        creates: Creates::AsListed,
        source: "vmware-tanzu/velero 1.10 and newer, pkg/cmd/server/config/config.go (restore priorities)",
        ..PROGRAM
    },
    Program {
        name: "Rancher",
        marks: &[Mark::Annotation("field.cattle.io/ingressState", Value::StartsWith("{"))],
        covers: Covers::HexNames { prefix: "ingress-", digits: 32 },
        source: "rancher/rancher 59bd052e44, pkg/controllers/managementagent/ingress/ingress.go (generateExpectedServices)",
        ..PROGRAM
    },
    // The last program that marks Ingresses: the others say more about the Ingress.
    Program {
        name: "Flux",
        marks: &[Mark::Label("kustomize.toolkit.fluxcd.io/name", Value::Any)],
        covers: Covers::Made,
        creates: Creates::Never,
        makers: &[chart("helm.toolkit.fluxcd.io", "HelmRelease", "spec.targetNamespace")],
        source: "fluxcd/pkg e2cfd1a2, ssa/manager_apply.go (ApplyAll); fluxcd/helm-controller d909c31b, api/v2/helmrelease_types.go (GetReleaseNamespace)",
    },
];
