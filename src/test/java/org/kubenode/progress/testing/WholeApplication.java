package org.kubenode.progress.testing;

import java.io.IOException;
import org.kubenode.progress.KubeNodeProgress;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.filter.TypeFilter;

/**
 * The application as {@link KubeNodeProgress} starts it, without the components that tests of its
 * packages define. For {@code SpringApplicationBuilder} or {@code @SpringBootTest(classes = …)}.
 */
@EnableAutoConfiguration
@ConfigurationPropertiesScan(basePackageClasses = KubeNodeProgress.class)
@ComponentScan(
        basePackageClasses = KubeNodeProgress.class,
        excludeFilters =
                @ComponentScan.Filter(
                        type = FilterType.CUSTOM,
                        classes = WholeApplication.DefinedByTests.class))
public class WholeApplication {

    /** Matches the main class, which would scan again, and everything among the test classes. */
    static class DefinedByTests implements TypeFilter {
        @Override
        public boolean match(MetadataReader reader, MetadataReaderFactory factory)
                throws IOException {
            return reader.getResource().getURL().getPath().contains("/test-classes/")
                    || reader.getClassMetadata()
                            .getClassName()
                            .equals(KubeNodeProgress.class.getName());
        }
    }
}
