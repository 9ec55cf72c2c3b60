package org.kubenode.progress.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {

    private final List<String[]> held = new ArrayList<>();

    private boolean take(Places places, String user, String cluster) {
        long ofUser = held.stream().filter(one -> one[0].equals(user)).count();
        long ofCluster = held.stream().filter(one -> one[1].equals(cluster)).count();
        boolean open = places.open(places.all() - held.size(), ofUser, ofCluster);
        if (open) {
            held.add(new String[] {user, cluster});
        }
        return open;
    }

    private int takeAll(Places places, String user, String cluster) {
        int before = held.size();
        while (take(places, user, cluster)) {
            assertThat(held.size()).isLessThanOrEqualTo(places.all());
        }
        return held.size() - before;
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "2, 1", "3, 2", "4, 3", "10, 9", "20, 18", "200, 180", "1000, 900"})
    void aloneOneMayHaveAllButATenthAndAtLeastOne(int all, int alone) {
        assertThat(takeAll(Places.of(all), "a", "x")).isEqualTo(alone);
    }

    @ParameterizedTest
    @CsvSource({"2", "3", "10", "20", "200"})
    void aNewUserFindsAPlaceWhateverOneUserHas(int all) {
        Places places = Places.of(all);
        takeAll(places, "a", "x");
        for (String cluster : List.of("y", "z", "x", "u", "v", "w")) {
            takeAll(places, "a", cluster);
        }
        List<String[]> one = List.copyOf(held);
        for (String cluster : List.of("x", "y", "new")) {
            assertThat(take(places, "b", cluster)).as("on " + cluster).isTrue();
            held.clear();
            held.addAll(one);
        }
    }

    @ParameterizedTest
    @CsvSource({"20", "40", "200"})
    void aNewClusterFindsAPlaceHoweverManyUsersAreOnAnother(int all) {
        Places places = Places.of(all);
        for (int user = 0; user < all; user++) {
            takeAll(places, "u" + user, "x");
        }
        assertThat(held).hasSize(places.mostOfCluster());
        assertThat(take(places, "new", "y")).isTrue();
    }

    @Test
    void oneUsersOtherClusterFindsAPlaceAndLeavesOneToANewUser() {
        Places places = Places.of(20);
        assertThat(takeAll(places, "a", "x")).isEqualTo(18);
        assertThat(takeAll(places, "a", "y")).isEqualTo(1);
        assertThat(takeAll(places, "a", "z")).isZero();
        assertThat(takeAll(places, "b", "x")).isEqualTo(1);
    }

    @Test
    void whatClustersHaveNoPartInIsOpenToNewUsersToTheLast() {
        Places places = Places.of(4);
        assertThat(places.openTo(2, 2)).isTrue();
        assertThat(places.openTo(3, 1)).isFalse();
        assertThat(places.openTo(0, 1)).isTrue();
        assertThat(places.openTo(0, 0)).isFalse();
    }
}
