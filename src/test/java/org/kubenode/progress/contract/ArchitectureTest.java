package org.kubenode.progress.contract;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may use which. */
@AnalyzeClasses(
        packages = "org.kubenode.progress",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String OURS = "org.kubenode.progress..";

    @ArchTest
    static final ArchRule noPackageNeedsItselfByAnother =
            slices().matching("org.kubenode.progress.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule camelStaysInTheComponentsAndWhereItIsAskedForItsRoutes =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "org.kubenode.progress.pgevent..",
                            "org.kubenode.progress.websocket..",
                            "org.kubenode.progress.observe..")
                    .and()
                    .haveNameNotMatching(
                            "org\\.kubenode\\.progress\\.(api\\.(Operations|StartingFilter|ApiConfiguration)"
                                    + "|batch\\.BatchConfiguration"
                                    + "|config\\.(RouteThreadsConfiguration|LastingSeda|StepErrors).*)")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.camel..")
                    .because("the flow is the routes; beans compute and know no Camel type");

    @ArchTest
    static final ArchRule whatOthersBuildOnStandsAlone =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "org.kubenode.progress.wire..",
                            "org.kubenode.progress.problem..",
                            "org.kubenode.progress.config..")
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage(OURS)
                                    .and(
                                            com.tngtech.archunit.base.DescribedPredicate.not(
                                                    com.tngtech.archunit.core.domain.JavaClass
                                                            .Predicates.resideInAnyPackage(
                                                            "org.kubenode.progress.wire..",
                                                            "org.kubenode.progress.problem..",
                                                            "org.kubenode.progress.config.."))));

    @ArchTest
    static final ArchRule wireStandsAlone =
            noClasses()
                    .that()
                    .resideInAPackage("org.kubenode.progress.wire..")
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage(OURS)
                                    .and(
                                            com.tngtech.archunit.base.DescribedPredicate.not(
                                                    resideInAPackage(
                                                            "org.kubenode.progress.wire.."))));

    @ArchTest
    static final ArchRule componentsServeAnyRoute =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "org.kubenode.progress.pgevent..", "org.kubenode.progress.websocket..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.kubenode.progress.wire..",
                            "org.kubenode.progress.deliver..",
                            "org.kubenode.progress.journal..",
                            "org.kubenode.progress.batch..",
                            "org.kubenode.progress.notify..",
                            "org.kubenode.progress.api..",
                            "org.kubenode.progress.store..");

    @ArchTest
    static final ArchRule nobodyNeedsTheFirstRun =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.kubenode.progress.firstrun..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.kubenode.progress.firstrun..", "io.zonky..")
                    .because("the jar carries neither");

    @ArchTest
    static final ArchRule sqlIsAStepOfARoute =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "org.kubenode.progress.store..", "org.kubenode.progress.firstrun..")
                    .should()
                    .dependOnClassesThat()
                    .haveNameMatching(
                            "java\\.sql\\.(Connection|Statement|PreparedStatement|DriverManager)"
                                    + "|javax\\.sql\\.DataSource"
                                    + "|org\\.springframework\\.jdbc\\.core\\..*");

    @ArchTest
    static final ArchRule netty =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "org.kubenode.progress.pgevent..", "org.kubenode.progress.notify..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.r2dbc..", "io.lettuce..", "io.netty..", "reactor..")
                    .because("drivers of the transports stay with the transports");

    @ArchTest
    static final ArchRule websocketServersStayInTheComponent =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.kubenode.progress.websocket..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("jakarta.websocket..", "org.eclipse.jetty.websocket..");

    @ArchTest
    static final ArchRule kubernetesStaysInItsPackage =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.kubenode.progress.cluster..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.fabric8..");

    @ArchTest
    static final ArchRule settingsAreRecordsOfOnePackage =
            classes()
                    .that()
                    .areAnnotatedWith(
                            org.springframework.boot.context.properties.ConfigurationProperties
                                    .class)
                    .should()
                    .resideInAPackage("org.kubenode.progress.config")
                    .andShould()
                    .beRecords();
}
