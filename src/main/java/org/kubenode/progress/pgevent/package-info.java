/**
 * The Camel component {@code pgevent:} on PostgreSQL's LISTEN, without the faults of the old one.
 */
package org.kubenode.progress.pgevent;
