/**
 * Keeps a subscription alive, whatever it is to: connects, listens, watches, reports and begins
 * again. What differs between servers is a {@link org.kubenode.progress.subscription.Link}.
 */
package org.kubenode.progress.subscription;
