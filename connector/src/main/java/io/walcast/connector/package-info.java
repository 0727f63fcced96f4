/** What source and sink connector share. */
package io.walcast.connector;
