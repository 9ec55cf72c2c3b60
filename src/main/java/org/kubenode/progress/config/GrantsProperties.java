package org.kubenode.progress.config;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** Who may operate on what; roles stay, and grants narrow them. */
@ConfigurationProperties
public record GrantsProperties(@Doc("Who may operate on what.") @DefaultValue List<Entry> grants) {

    /** Lets some users and groups do some operations on some clusters. */
    public record Entry(
            @Doc("User ids; `*` in a name stands for any characters, here and below.") @DefaultValue
                    List<String> users,
            @Doc("Groups, as the claim `jwt.groups_claim` names them.") @DefaultValue
                    List<String> groups,
            @Doc("Clusters.") @DefaultValue List<String> clusters,
            @Doc("Operations.") @DefaultValue("*") List<String> operations) {}
}
