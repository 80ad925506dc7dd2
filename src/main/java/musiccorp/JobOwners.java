package musiccorp;

import java.util.Set;

/**
 * Which jobs run in this node: those whose owner is one of its services. A job that belongs to no
 * service (reports) runs where all services run.
 */
record JobOwners(Set<Service> services) {

  boolean include(String owner) {
    boolean ofAService = false;
    for (Service service : Service.values()) {
      ofAService |= service.login().equals(owner);
    }
    return ofAService
        ? services.stream().anyMatch(service -> service.login().equals(owner))
        : services.size() == Service.values().length;
  }
}
