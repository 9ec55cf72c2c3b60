package org.kubenode.progress.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.modelmbean.InvalidTargetObjectTypeException;
import javax.management.modelmbean.ModelMBean;
import javax.management.modelmbean.ModelMBeanInfo;
import org.apache.camel.CamelContext;
import org.apache.camel.api.management.ManagedInstance;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.api.management.NotificationSenderAware;
import org.apache.camel.support.management.DefaultManagementMBeanAssembler;
import org.apache.camel.support.management.MixinRequiredModelMBean;

/**
 * Describes Camel's MBeans once for each class of theirs.
 *
 * <p>The description lists the attributes and operations, some eighty for the step of a route.
 * Camel makes it anew for each step, endpoint and route: 20 of the 71 MB live on an idle replica's
 * heap.
 */
class SharedMBeanInfo extends DefaultManagementMBeanAssembler {

    private final Map<Class<?>, ModelMBeanInfo> infos = new ConcurrentHashMap<>();

    SharedMBeanInfo(CamelContext camel) {
        super(camel);
    }

    @Override
    public ModelMBean assemble(MBeanServer server, Object managed, ObjectName name)
            throws JMException {
        if (managed instanceof NotificationSenderAware || addsItsOwn(managed)) {
            return super.assemble(server, managed, name);
        }
        ModelMBeanInfo info = infos.get(managed.getClass());
        if (info == null) {
            ModelMBean first = super.assemble(server, managed, name);
            if (first != null) {
                infos.put(managed.getClass(), (ModelMBeanInfo) first.getMBeanInfo());
            }
            return first;
        }
        boolean mask = camelContext.getManagementStrategy().getManagementAgent().getMask();
        ModelMBean next = new MixinRequiredModelMBean(info, mask, null, null);
        try {
            next.setManagedResource(managed, "ObjectReference");
        } catch (InvalidTargetObjectTypeException e) {
            throw new JMException(e.getMessage());
        }
        return next;
    }

    /** What is managed brings attributes of its own, as a circuit breaker does. */
    private static boolean addsItsOwn(Object managed) {
        return managed instanceof ManagedInstance wrapped
                && wrapped.getInstance() != null
                && wrapped.getInstance().getClass().isAnnotationPresent(ManagedResource.class);
    }
}
