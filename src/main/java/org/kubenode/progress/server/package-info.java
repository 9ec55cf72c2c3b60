/**
 * What a slow peer may hold of the web server: no thread, ever, and of time and memory a bounded
 * share. Bodies are read and answers written as the peer can, while others are served.
 */
package org.kubenode.progress.server;
