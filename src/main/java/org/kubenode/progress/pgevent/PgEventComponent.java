package org.kubenode.progress.pgevent;

import java.util.List;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.util.URISupport;

/**
 * The scheme {@code pgevent:} with the URI of camel-pgevent and a consumer of our own behind it
 * (docs/decisions/0002-pgevent.md). Credentials come from a {@link PgListenSettings} bean.
 */
public class PgEventComponent extends DefaultComponent {

    /** Options of camel-pgevent that would show a secret, or name one's place, in the URI. */
    private static final List<String> REFUSED =
            List.of("user", "username", "pass", "password", "datasource", "dataSource");

    @Override
    protected void doInit() throws Exception {
        super.doInit();
        // Camel masks user and password by itself, but not the name that camel-pgevent had.
        URISupport.addSanitizeKeywords("pass");
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        for (String option : REFUSED) {
            if (parameters.containsKey(option)) {
                throw new IllegalArgumentException(
                        "option "
                                + option
                                + " is refused: credentials come from the bean PgListenSettings");
            }
        }
        PgEventEndpoint endpoint = new PgEventEndpoint(uri, this, PgEventAddress.parse(remaining));
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
