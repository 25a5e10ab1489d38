// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the mistake that its parameter names, when it is loaded. Each is of a kind that the debug
 * kernel must find in a driver.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *fault = "none";
module_param(fault, charp, 0444);

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);

/* Hides from the compiler what is about to happen. */
static noinline char *opaque(char *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static int use_after_free(void)
{
	char *p = opaque(kzalloc(64, GFP_KERNEL));

	if (!p)
		return -ENOMEM;
	kfree(p);
	return READ_ONCE(*opaque(p));
}

static int out_of_bounds(void)
{
	char *p = opaque(kzalloc(64, GFP_KERNEL));

	if (!p)
		return -ENOMEM;
	WRITE_ONCE(opaque(p)[64], 1);
	kfree(p);
	return 0;
}

static int inversion(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);

	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
	return 0;
}

static int sleep_under_lock(void)
{
	spin_lock(&first);
	msleep(20);
	spin_unlock(&first);
	return 0;
}

/* Many, since a stale pointer on some stack hides a leak. */
static int leak(void)
{
	int i;

	for (i = 0; i < 100; i++)
		if (!opaque(kmalloc(200, GFP_KERNEL)))
			return -ENOMEM;
	return 0;
}

static void never(struct timer_list *timer)
{
}

static int free_active(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
	return 0;
}

/* Ends a mapping twice. */
static int unmap_twice(void)
{
	struct platform_device *device = platform_device_register_simple("faults", -1, NULL, 0);
	dma_addr_t address;
	void *p;

	if (IS_ERR(device))
		return PTR_ERR(device);
	p = kmalloc(512, GFP_KERNEL);
	if (p && !dma_coerce_mask_and_coherent(&device->dev, DMA_BIT_MASK(64))) {
		address = dma_map_single(&device->dev, p, 512, DMA_TO_DEVICE);
		if (!dma_mapping_error(&device->dev, address)) {
			dma_unmap_single(&device->dev, address, 512, DMA_TO_DEVICE);
			dma_unmap_single(&device->dev, address, 512, DMA_TO_DEVICE);
		}
	}
	kfree(p);
	platform_device_unregister(device);
	return 0;
}

static const struct {
	const char *name;
	int (*make)(void);
} faults[] = {
	{ "use_after_free", use_after_free },
	{ "out_of_bounds", out_of_bounds },
	{ "inversion", inversion },
	{ "sleep_under_lock", sleep_under_lock },
	{ "leak", leak },
	{ "free_active", free_active },
	{ "unmap_twice", unmap_twice },
};

static int __init faults_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(fault, faults[i].name))
			faults[i].make();
	return 0;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("Mistakes on purpose");
MODULE_LICENSE("GPL");
